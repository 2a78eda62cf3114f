"""The page of a quiz: one place at a time, hints beside it, what one probably knows below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import SystemRandom
from uuid import UUID

from django.http import Http404, HttpRequest, QueryDict
from django.utils import timezone

from accounts.models import User
from adaptation import next_question
from classroom import hint_ladder
from classroom.asking import asked
from classroom.knowledge import are_owed, bars, target
from classroom.lessons import url_of
from consent import gate
from courses.models import Question, Unit
from courses.responses import places_right

MAX_DRAW = 100_000


@dataclass(frozen=True, slots=True)
class Place:
    """One dot: a place of the quiz, whichever variant is asked there."""

    number: int
    url: str
    done: bool
    current: bool


@dataclass(frozen=True, slots=True)
class Quiz:
    places: tuple[Place, ...]
    number: int
    total: int
    next_url: str
    finished: bool


def body(request: HttpRequest, user: User, unit: Unit, problem: str) -> dict[str, object]:
    """What `classroom/quiz.html` needs beside the page around it."""
    places = list(unit.questions.filter(position__isnull=False).order_by("position"))
    right = places_right(user, list(unit.questions.all()))
    fields = fields_of(request)
    question = question_asked(unit, fields.get("question", ""))
    context: dict[str, object] = {"quiz": quiz(unit, places, question, right), "target": target()}
    if question is None:
        return context
    return {
        **context,
        "ask": asked(user, question, draw_of(question, fields.get("draw", "")), problem),
        "ladder": ladder(request, question),
        "bars": bars(user, question.skills.all(), now=timezone.now()),
        "waits": are_owed(user, question.skills.all()),
    }


def next_address(request: HttpRequest, user: User, unit: Unit) -> str:
    """Where a visit without a question goes: the question that comes next, or "" when all is done.

    The address then names the question, so that a reload asks the same one.
    """
    if "question" in request.GET:
        return ""
    permit = gate.permit(user.code, "course", now=timezone.now())
    after = question_asked(unit, request.GET.get("after", ""))
    chosen = next_question.choose(user, unit, permit, rng=SystemRandom(), after=after)
    return address(unit, chosen.question) if chosen else ""


def fields_of(request: HttpRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def question_asked(unit: Unit, code: str) -> Question | None:
    """The question named in the address, when it is one of this unit; 404 for any other."""
    if not code:
        return None
    try:
        wanted = UUID(code)
    except ValueError as error:
        raise Http404 from error
    found = unit.questions.filter(code=wanted).prefetch_related("skills", "hints").first()
    if found is None:
        raise Http404
    return found


def draw_of(question: Question, text: str) -> int | None:
    """Which numbers a parameterised question has; None = its own."""
    if question.parameterised is None or not (text.isascii() and text.isdigit()):
        return None
    return min(int(text[:6]), MAX_DRAW) or None


def ladder(request: HttpRequest, question: Question) -> hint_ladder.Ladder:
    """The hints so far; `open` in the address asks for the next one."""
    now = timezone.now()
    hints = list(question.hints.order_by("position"))
    note = hint_ladder.read(fields_of(request).get("h", ""), question.code)
    if "open" in request.GET:
        note = hint_ladder.step(note, len(hints), now=now)
    return hint_ladder.ladder(note, hints, now=now)


def quiz(
    unit: Unit, places: Sequence[Question], question: Question | None, right: set[int]
) -> Quiz:
    here = (question.sibling_id or question.pk) if question else None
    dots = tuple(
        Place(number, address(unit, place), place.pk in right, place.pk == here)
        for number, place in enumerate(places, start=1)
    )
    return Quiz(
        places=dots,
        number=next((dot.number for dot in dots if dot.current), 0),
        total=len(dots),
        next_url=f"{url_of(unit)}?after={question.code}" if question else url_of(unit),
        finished=bool(dots) and all(dot.done for dot in dots),
    )


def address(unit: Unit, question: Question) -> str:
    return f"{url_of(unit)}?question={question.code}"
