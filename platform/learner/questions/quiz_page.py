"""The page of a quiz: one place at a time, hints beside it, what one probably knows below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import SystemRandom

from django.http import Http404, HttpRequest, QueryDict
from django.utils import timezone

from accounts.access import uuid_or_404
from accounts.models import User
from adaptation.effects import hint_ab_trial
from adaptation.next_question import selection
from adaptation.offers import hint_access
from consent.permits import gate
from consent.permits.gate import Permit
from courses.access import is_learner
from courses.answers.responses import find_correct_questions
from courses.models import Hint, Question, Unit
from estimates.knowledge import mastery
from learner.courses.lessons import url_of
from learner.mastery.bars import are_owed, bars
from learner.questions import hints as questions_hints
from learner.questions.selection_reason import why_this
from learner.questions.view_model import asked, scaffold

MAX_DRAW = 100_000
# Who would get a question right this often has little left to learn from it.
SKIP_FROM = 0.85


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
    """What `learner/units/quiz.html` needs beside the page around it."""
    places = list(unit.questions.filter(position__isnull=False).order_by("position"))
    right = find_correct_questions(user, list(unit.questions.all()))
    fields = fields_of(request)
    question = question_asked(unit, fields.get("question", ""))
    context: dict[str, object] = {
        "quiz": quiz(unit, places, question, right),
    }
    if question is None:
        return context
    now = timezone.now()
    permit = gate.permit(user.code, "course", now=now)
    return {
        **context,
        "ask": asked(
            user, question, draw_of(question, fields.get("draw", "")), problem, request.POST
        ),
        "ladder": ladder(request, user, question),
        "bars": bars(user, question.skills.all(), now=now),
        "waits": are_owed(user, question.skills.all()),
        "why": why_this(request, user, question, permit, now=now),
        "challenge": challenge(unit, places, question, right, permit),
    }


def challenge(
    unit: Unit, places: Sequence[Question], question: Question, right: set[int], permit: Permit
) -> str:
    """Where one may skip to who would probably get this one right: its harder sibling, or else the
    last place; "" for others, and where that is done or is this one."""
    chances = mastery.read(permit).predict([question])
    if chances.get(question.pk, 0.0) < SKIP_FROM:
        return ""
    place = selection.place_of(question)
    harder = unit.questions.filter(sibling=place, relation="harder").exclude(pk=question.pk)
    found = (harder.first() if place not in right else None) or places[-1]
    done = selection.place_of(found) in right
    return "" if done or found.pk == question.pk else address(unit, found)


def next_address(request: HttpRequest, user: User, unit: Unit) -> str:
    """Where a visit without a question goes: the question that comes next, or "" when all is done.

    The address then names the question, so that a reload asks the same one.
    """
    if "question" in request.GET:
        return ""
    after = question_asked(unit, request.GET.get("after", ""))
    now = timezone.now()
    if not is_learner(user, unit.course):
        found = unit.questions.filter(position__isnull=False).order_by("position").first()
    else:
        permit = gate.permit(user.code, "course", now=now)
        found = selection.ask(user, unit, permit, rng=SystemRandom(), now=now, after=after)
    return address(unit, found) if found else ""


def fields_of(request: HttpRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def question_asked(unit: Unit, code: str) -> Question | None:
    """The question named in the address, when it is one of this unit; 404 for any other."""
    if not code:
        return None
    found = unit.questions.filter(code=uuid_or_404(code)).prefetch_related("skills").first()
    if found is None:
        raise Http404
    return found


def draw_of(question: Question, text: str) -> int | None:
    """Which numbers a parameterised question has; None = its own."""
    if question.parameterised is None or not (text.isascii() and text.isdigit()):
        return None
    return min(int(text[:6]), MAX_DRAW) or None


def ladder(request: HttpRequest, user: User, question: Question) -> questions_hints.Ladder:
    """The hints so far; `open` in the address asks for the next one, or is the code of an offer."""
    now = timezone.now()
    hints, wait_s = list(question.hints.order_by("position")), hint_access.wait_s(user, now=now)
    note = questions_hints.read(fields_of(request).get("h", ""), question.code)
    if hint_access.opens_worked_step(user, question, request.GET.get("open", "")):
        note = questions_hints.to_worked_step(note, hints, now=now)
    elif "open" in request.GET:
        note = questions_hints.step(note, len(hints), wait_s=wait_s, now=now)
    other = hint_ab_trial.read_other(user, hints[: note.opened], now=now, rng=SystemRandom())
    asks = {
        hint.pk: scaffold(user, hint, _sent_to(request, hint), solved=hint.position in note.solved)
        for hint in hints[: note.opened]
        if hint.reply_kind
    }
    return questions_hints.ladder(note, hints, other=other, asks=asks, wait_s=wait_s, now=now)


def _sent_to(request: HttpRequest, hint: Hint) -> QueryDict | None:
    return request.POST if request.POST.get("hint") == str(hint.code) else None


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
