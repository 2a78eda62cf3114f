"""`/units/<uuid>/answer/`: one reply to one question of the unit.

The answer is the whole page, so it works as a plain form; a script takes the part it needs.
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

from accounts.access import current_user, require_person, uuid_or_404, uuid_or_none
from accounts.models import User
from adaptation.answer_question import answer_once
from courses import availability
from courses.access import unit_for_learner
from courses.answers.replies import Given, UngradableReply
from courses.models import Question, Unit
from courses.questions.question_spec import item_of
from learner.courses.lessons import url_of
from learner.questions import hints
from learner.questions.parse_answer import parse_certain
from learner.questions.quiz_page import find_question, parse_draw
from learner.questions.view_model import build_scaffold
from learner.units.views import render_unit
from telemetry.models import Sitting


@require_POST
@require_person
def answer(request: HttpRequest, code: UUID) -> HttpResponse:
    """Store the reply. An unreadable reply is not stored, and the page says why."""
    user = current_user(request)
    unit = unit_for_learner(user, code)
    question = find_question(unit, request.POST.get("question", ""))
    if question is None:
        raise Http404
    availability.require_open(user, unit, now=timezone.now())
    if "hint" in request.POST:
        return _answer_hint(request, user, question)
    try:
        _store_answer(user, question, request.POST)
    except UngradableReply as unreadable:
        return render_unit(request, user, unit, problem=str(unreadable))
    return redirect(question_page_url(question, request.POST.dict()))


def _answer_hint(request: HttpRequest, user: User, question: Question) -> HttpResponse:
    """Grade a reply to the sub-question of an open scaffold.

    Only a correct reply is recorded, in the note that travels with the page.
    """
    note = hints.read_note(request.POST.get("h", ""), question.code)
    opened = question.hints.filter(position__lte=note.opened).exclude(reply_kind="")
    hint = opened.filter(code=uuid_or_404(request.POST["hint"])).first()
    if hint is None or question.unit is None:
        raise Http404
    if not build_scaffold(user, hint, request.POST, solved=False).right:
        return render_unit(request, user, question.unit)
    solved = hints.write_note(hints.mark_solved(note, hint.position))
    return redirect(question_page_url(question, {**request.POST.dict(), "h": solved}))


def _store_answer(user: User, question: Question, fields: QueryDict) -> None:
    draw = parse_draw(question, fields.get("draw", ""))
    given = parse_certain(item_of(question, draw), fields)
    answer_once(
        user,
        question,
        given,
        key=_answer_key(fields.get("once", ""), question, given),
        sitting=_find_sitting(user, question.unit, fields.get("sitting", "")),
        hints_used=hints.read_note(fields.get("h", ""), question.code).opened,
        elapsed_ms=_parse_count(fields.get("elapsed_ms", "")),
        draw=draw,
        now=timezone.now(),
        rng=SystemRandom(),
    )


def _answer_key(once: str, question: Question, given: Given) -> str:
    """Return the key of one reply from one page's form: sent twice, it is stored once.

    Another reply from the same form (its page came back from the history) is a new answer.
    """
    return f"{once[:40] or uuid4()} {question.code} {json.dumps(given)}"


def question_page_url(question: Question, fields: Mapping[str, str]) -> str:
    """Return the URL of the question, with its numbers and its open hints."""
    if question.unit is None:
        raise Http404
    parameters = {name: fields[name] for name in ("draw", "h") if fields.get(name)}
    query = urlencode({"question": str(question.code), **parameters})
    return f"{url_of(question.unit)}?{query}#asked-{question.code}"


def _find_sitting(user: User, unit: Unit | None, text: str) -> Sitting | None:
    """Return the Learner's open Sitting of this unit; without JavaScript there is none."""
    wanted = uuid_or_none(text)
    if wanted is None:
        return None
    return Sitting.objects.filter(id=wanted, learner=user, unit=unit, ended_at=None).first()


def _parse_count(text: str) -> int:
    return int(text[:9]) if text.isascii() and text.isdigit() else 0
