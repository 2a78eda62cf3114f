"""`/units/<uuid>/answer/`: one reply to one question of the unit.

It answers with the page again, so it works as a plain form; a script takes the part it needs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from random import SystemRandom
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import require_person, uuid_or_404
from accounts.models import User
from adaptation.answer_question import answer_once
from courses import availability
from courses.access import unit_for_learner
from courses.answers.grading import Given, UngradableReply
from courses.models import Question, Unit
from courses.questions.question_spec import item_of
from learner.courses.lessons import url_of
from learner.courses.views import person
from learner.questions import hints
from learner.questions.parse_answer import certain_in
from learner.questions.quiz_page import draw_of, question_asked
from learner.questions.view_model import scaffold
from learner.units.views import page
from telemetry.models import Sitting


@require_POST
@require_person
def give(request: HttpRequest, code: UUID) -> HttpResponse:
    """Record the reply; one that cannot be read is not kept, and the page says why."""
    user = person(request)
    unit = unit_for_learner(user, code)
    question = question_asked(unit, request.POST.get("question", ""))
    if question is None:
        raise Http404
    availability.require_open(user, unit, now=timezone.now())
    if "hint" in request.POST:
        return _in_hint(request, user, question)
    try:
        _record(user, question, request.POST)
    except UngradableReply as unreadable:
        return page(request, user, unit, problem=str(unreadable))
    return redirect(back_to(question, request.POST.dict()))


def _in_hint(request: HttpRequest, user: User, question: Question) -> HttpResponse:
    """A reply to the small question of an open scaffold: nothing of it is kept but that it was
    right, in the note of the page."""
    note = hints.read(request.POST.get("h", ""), question.code)
    opened = question.hints.filter(position__lte=note.opened).exclude(reply_kind="")
    hint = opened.filter(code=uuid_or_404(request.POST["hint"])).first()
    if hint is None or question.unit is None:
        raise Http404
    if not scaffold(user, hint, request.POST, solved=False).right:
        return page(request, user, question.unit)
    solved = hints.write(hints.solve(note, hint.position))
    return redirect(back_to(question, {**request.POST.dict(), "h": solved}))


def _record(user: User, question: Question, fields: QueryDict) -> None:
    draw = draw_of(question, fields.get("draw", ""))
    given = certain_in(item_of(question, draw), fields)
    answer_once(
        user,
        question,
        given,
        key=_key(fields.get("once", ""), question, given),
        sitting=_sitting(user, question.unit, fields.get("sitting", "")),
        hints_used=hints.read(fields.get("h", ""), question.code).opened,
        elapsed_ms=_count(fields.get("elapsed_ms", "")),
        draw=draw,
        now=timezone.now(),
        rng=SystemRandom(),
    )


def _key(once: str, question: Question, given: Given) -> str:
    """What the form of one page and one reply are known by: sent twice, they are stored once.

    Another reply by the same form (its page came back from the history) is a further answer.
    """
    return f"{once[:40] or uuid4()} {question.code} {json.dumps(given)}"


def back_to(question: Question, fields: Mapping[str, str]) -> str:
    """The page of the question, with its numbers and the hints that are open."""
    if question.unit is None:
        raise Http404
    kept = {name: fields[name] for name in ("draw", "h") if fields.get(name)}
    query = urlencode({"question": str(question.code), **kept})
    return f"{url_of(question.unit)}?{query}#asked-{question.code}"


def _sitting(user: User, unit: Unit | None, text: str) -> Sitting | None:
    """The Learner's own open Sitting of this unit; without JavaScript there is none."""
    try:
        wanted = UUID(text)
    except ValueError:
        return None
    return Sitting.objects.filter(id=wanted, learner=user, unit=unit, ended_at=None).first()


def _count(text: str) -> int:
    return int(text[:9]) if text.isascii() and text.isdigit() else 0
