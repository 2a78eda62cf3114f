"""The page of a quiz: one question at a time, with hints and estimated mastery."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
from learner.mastery.bars import are_pending, load_bars
from learner.questions import hints as hint_ladder
from learner.questions.selection_reason import explain_selection
from learner.questions.view_model import build_question, build_scaffold

MAX_DRAW = 100_000
# With this chance of a correct answer, a Learner gains little from the question.
SKIP_FROM = 0.85


@dataclass(frozen=True, slots=True)
class QuizPlace:
    """One dot of the overview: a place of the quiz, whichever variant is asked there."""

    number: int
    url: str
    done: bool
    current: bool


@dataclass(frozen=True, slots=True)
class Quiz:
    places: tuple[QuizPlace, ...]
    number: int
    total: int
    next_url: str
    finished: bool


def build_context(request: HttpRequest, user: User, unit: Unit, problem: str) -> dict[str, object]:
    """Return the context of `learner/units/quiz.html`, without the frame around it."""
    questions = list(unit.questions.order_by("position").prefetch_related("skills"))
    places = [question for question in questions if question.position is not None]
    right = find_correct_questions(user, questions)
    fields = request_fields(request)
    question = _find_in(questions, fields.get("question", ""))
    context: dict[str, object] = {
        "quiz": build_quiz(unit, places, question, right),
    }
    if question is None:
        return context
    now = timezone.now()
    permit = gate.permit(user.code, "course", now=now)
    return {
        **context,
        "ask": build_question(
            user, question, parse_draw(question, fields.get("draw", "")), problem, request.POST
        ),
        "ladder": load_ladder(request, user, question),
        "bars": load_bars(user, question.skills.all(), now=now),
        "waits": are_pending(user, question.skills.all()),
        "why": explain_selection(request, user, question, permit, now=now),
        "challenge": find_challenge_url(unit, places, question, right, permit),
    }


def find_challenge_url(
    unit: Unit, places: Sequence[Question], question: Question, right: set[int], permit: Permit
) -> str:
    """Return the URL to skip to for a Learner who would probably answer this one correctly.

    It is the harder sibling, else the last place. It is "" for other Learners, and if that question
    is done or is this one.
    """
    chances = mastery.read(permit).predict([question])
    if chances.get(question.pk, 0.0) < SKIP_FROM:
        return ""
    place = selection.main_question_pk(question)
    harder = unit.questions.filter(sibling=place, relation="harder").exclude(pk=question.pk)
    found = (harder.first() if place not in right else None) or places[-1]
    done = selection.main_question_pk(found) in right
    return "" if done or found.pk == question.pk else question_url(unit, found)


def find_next_url(request: HttpRequest, user: User, unit: Unit) -> str:
    """Return the URL of the next question, or "" when all is done.

    The URL then names the question, so a reload asks the same one.
    """
    if "question" in request.GET:
        return ""
    after = find_question(unit, request.GET.get("after", ""))
    now = timezone.now()
    if not is_learner(user, unit.course):
        found = unit.questions.filter(position__isnull=False).order_by("position").first()
    else:
        permit = gate.permit(user.code, "course", now=now)
        found = selection.ask(user, unit, permit, rng=SystemRandom(), now=now, after=after)
    return question_url(unit, found) if found else ""


def request_fields(request: HttpRequest) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def find_question(unit: Unit, code: str) -> Question | None:
    """Return the unit's question with this code; None without a code, 404 for any other."""
    if not code:
        return None
    found = unit.questions.filter(code=uuid_or_404(code)).prefetch_related("skills").first()
    if found is None:
        raise Http404
    return found


def _find_in(questions: Iterable[Question], code: str) -> Question | None:
    """Return the same from the questions of a unit, which are already loaded."""
    if not code:
        return None
    wanted = uuid_or_404(code)
    found = next((question for question in questions if question.code == wanted), None)
    if found is None:
        raise Http404
    return found


def parse_draw(question: Question, text: str) -> int | None:
    """Return the draw number of a parameterised question; None means its own numbers."""
    if question.parameterised is None or not (text.isascii() and text.isdigit()):
        return None
    return min(int(text[:6]), MAX_DRAW) or None


def load_ladder(request: HttpRequest, user: User, question: Question) -> hint_ladder.Ladder:
    """Return the open hints.

    `open` in the URL requests the next hint, or is the code of an offer.
    """
    now = timezone.now()
    hints, wait_s = list(question.hints.order_by("position")), hint_access.wait_s(user, now=now)
    note = hint_ladder.read_note(request_fields(request).get("h", ""), question.code)
    if hint_access.opens_worked_step(user, question, request.GET.get("open", "")):
        note = hint_ladder.open_to_worked_step(note, hints, now=now)
    elif "open" in request.GET:
        note = hint_ladder.open_next(note, len(hints), wait_s=wait_s, now=now)
    other = hint_ab_trial.find_other_wordings(
        user, hints[: note.opened], now=now, rng=SystemRandom()
    )
    asks = {
        hint.pk: build_scaffold(
            user, hint, _fields_for_hint(request, hint), solved=hint.position in note.solved
        )
        for hint in hints[: note.opened]
        if hint.reply_kind
    }
    return hint_ladder.build_ladder(note, hints, other=other, asks=asks, wait_s=wait_s, now=now)


def _fields_for_hint(request: HttpRequest, hint: Hint) -> QueryDict | None:
    return request.POST if request.POST.get("hint") == str(hint.code) else None


def build_quiz(
    unit: Unit, places: Sequence[Question], question: Question | None, right: set[int]
) -> Quiz:
    here = (question.sibling_id or question.pk) if question else None
    dots = tuple(
        QuizPlace(number, question_url(unit, place), place.pk in right, place.pk == here)
        for number, place in enumerate(places, start=1)
    )
    return Quiz(
        places=dots,
        number=next((dot.number for dot in dots if dot.current), 0),
        total=len(dots),
        next_url=f"{url_of(unit)}?after={question.code}" if question else url_of(unit),
        finished=bool(dots) and all(dot.done for dot in dots),
    )


def question_url(unit: Unit, question: Question) -> str:
    return f"{url_of(unit)}?question={question.code}"
