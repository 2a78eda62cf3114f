"""`/units/<uuid>/answer/`: one reply to one question of the unit.

It answers with the page again, so it works as a plain form; a script takes the part it needs.
"""

from __future__ import annotations

from random import SystemRandom
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import require_person
from accounts.models import User
from adaptation.answering import answer
from classroom import hint_ladder
from classroom.courses import person
from classroom.lessons import url_of
from classroom.quizzes import draw_of
from classroom.units import page
from courses.access import question_for_learner, unit_for_learner
from courses.grading import Given, Unreadable
from courses.models import Question, Unit
from telemetry.models import Sitting


@require_POST
@require_person
def give(request: HttpRequest, code: UUID) -> HttpResponse:
    """Record the reply; one that cannot be read is not kept, and the page says why."""
    user = person(request)
    unit = unit_for_learner(user, code)
    question = question_for_learner(user, _uuid(request.POST.get("question", "")))
    if question.unit_id != unit.pk:
        raise Http404
    try:
        _record(user, question, request.POST)
    except Unreadable as unreadable:
        return page(request, user, unit, problem=str(unreadable))
    return redirect(back_to(question, request.POST))


def _record(user: User, question: Question, fields: QueryDict) -> None:
    answer(
        user,
        question,
        given_in(question, fields),
        sitting=_sitting(user, question.unit, fields.get("sitting", "")),
        hints_used=hint_ladder.read(fields.get("h", ""), question.code).opened,
        elapsed_ms=_count(fields.get("elapsed_ms", "")),
        draw=draw_of(question, fields.get("draw", "")),
        now=timezone.now(),
        rng=SystemRandom(),
    )


def given_in(question: Question, fields: QueryDict) -> Given:
    """What was chosen or typed; several choices only where several may be right."""
    if question.kind == "multiple":
        return [str(letter) for letter in fields.getlist("given")]
    return str(fields.get("given", ""))


def back_to(question: Question, fields: QueryDict) -> str:
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


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def _count(text: str) -> int:
    return int(text[:9]) if text.isascii() and text.isdigit() else 0
