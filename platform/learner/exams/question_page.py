"""One question of a running test: its place among the others, what was given, how long is left."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from courses import attempts
from courses.attempts import SavedAnswer
from courses.models import Attempt, Question
from courses.questions.question_spec import item_of
from learner.questions import answer_fields
from learner.questions.view_model import CHOOSING, Asked, clock, unjudged


@dataclass(frozen=True, slots=True)
class Place:
    """One dot: a question of the test, by its number."""

    number: int
    given: bool
    current: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """What every page of a running Attempt shows; `left_s` None = no clock."""

    attempt: Attempt
    places: tuple[Place, ...]
    left_s: int | None

    @property
    def left(self) -> str:
        return clock(self.left_s or 0)

    @property
    def blank(self) -> int:
        """How many questions have no answer yet."""
        return sum(not place.given for place in self.places)


@dataclass(frozen=True, slots=True)
class Page:
    """One question. `before` and `after` are numbers, 0 where there is none; `stamp` is that of the
    kept answer, which a page sends back with a new one; `note` shows back how a number was read."""

    turn: Turn
    number: int
    before: int
    after: int
    ask: Asked
    stamp: int
    note: str = ""


def turn(attempt: Attempt, number: int = 0, *, now: datetime) -> Turn:
    places, kept = attempts.load_questions(attempt), attempts.load_answers(attempt)
    return _turn(attempt, places, kept, number, now)


def page(
    attempt: Attempt,
    number: int,
    problem: str = "",
    sent: QueryDict | None = None,
    *,
    now: datetime,
    note: str = "",
) -> Page | None:
    """The question at a place, counted from 1; None where there is no such place.

    What was `sent` and could not be kept for `problem` fills its fields.
    """
    places, kept = attempts.load_questions(attempt), attempts.load_answers(attempt)
    if not 1 <= number <= len(places):
        return None
    question = places[number - 1]
    return Page(
        turn=_turn(attempt, places, kept, number, now),
        number=number,
        before=number - 1,
        after=number + 1 if number < len(places) else 0,
        ask=unjudged(attempt.learner, question, _given(kept, question), problem, sent),
        stamp=attempts.stamp_of(attempt, question),
        note=note,
    )


def number_of(attempt: Attempt, code: UUID) -> int:
    """The place of a question in its Attempt, counted from 1; 0 where it has none."""
    codes = [place.code for place in attempts.load_questions(attempt)]
    return codes.index(code) + 1 if code in codes else 0


def words_of(question: Question, kept: SavedAnswer | None) -> str:
    """A kept answer in words, for a page that has another one in its fields."""
    if kept is None:
        return _("no answer")
    item = item_of(question)
    given = [kept.given] if isinstance(kept.given, str) else list(kept.given)
    named = {choice.id: choice.linear for choice in item.choices}
    if item.kind in CHOOSING:
        return ", ".join(named.get(id, id) for id in given)
    return answer_fields.words_of(item, kept.given)


def first_blank(attempt: Attempt) -> int:
    """The number of the first question without an answer, or 1."""
    kept = attempts.load_answers(attempt)
    numbered = enumerate(attempts.load_questions(attempt), start=1)
    return next((number for number, place in numbered if place.code not in kept), 1)


def _turn(
    attempt: Attempt,
    places: Sequence[Question],
    kept: Collection[UUID],
    number: int,
    now: datetime,
) -> Turn:
    dots = tuple(
        Place(place, question.code in kept, place == number)
        for place, question in enumerate(places, start=1)
    )
    return Turn(attempt, dots, _left_s(attempt, now))


def _given(kept: Mapping[UUID, SavedAnswer], question: Question) -> object:
    found = kept.get(question.code)
    return None if found is None else found.given


def _left_s(attempt: Attempt, now: datetime) -> int | None:
    if attempt.ends_at is None:
        return None
    return max(0, int((attempt.ends_at - now).total_seconds()))
