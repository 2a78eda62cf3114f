"""One question of a running test: its place in the test, the stored reply and the time left."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.http import QueryDict
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from courses import attempts
from courses.answer_files import acceptance, storage
from courses.answer_files.acceptance import SizeLimit
from courses.answer_files.storage import AnswerFiles
from courses.answers.numerals import current_language
from courses.attempts import SavedAnswer
from courses.gradebook.percents import count_points
from courses.models import Attempt, Question
from courses.questions.answer_parts import to_fraction
from courses.questions.question_spec import item_of
from courses.timestamps import format_time
from learner.questions.view_model import QuestionView, build_unjudged

LONGEST_DESCRIPTION: Final = 200


@dataclass(frozen=True, slots=True)
class QuestionDot:
    """One dot of the overview: a question of the test by its number."""

    number: int
    given: bool
    current: bool


@dataclass(frozen=True, slots=True)
class ExamTurn:
    """What every page of a running Attempt shows; `left_s` is None without a time limit."""

    attempt: Attempt
    places: tuple[QuestionDot, ...]
    left_s: int | None

    @property
    def time_left(self) -> str:
        return format_time(self.left_s or 0)

    @property
    def blank(self) -> int:
        """Return the number of questions without an answer."""
        return sum(not place.given for place in self.places)


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """One question of the test.

    `before` and `after` are question numbers, 0 if there is none. `stamp` is the version of the
    stored reply; the page sends it back with a new one. `note` shows how a number was read.
    `worth` says how many points the question has. `files` is there if it asks for files.
    """

    turn: ExamTurn
    number: int
    before: int
    after: int
    ask: QuestionView
    stamp: int
    worth: str
    note: str = ""
    files: AnswerFiles | None = None

    @property
    def has_room(self) -> bool:
        """Return whether another file may be uploaded."""
        return self.files is not None and len(self.files.files) < self.ask.item.most_files

    @property
    def size_limit(self) -> SizeLimit:
        """Return which sizes of a file are accepted."""
        return acceptance.describe_limit()


def build_turn(attempt: Attempt, number: int = 0, *, now: datetime) -> ExamTurn:
    places, stored = attempts.load_questions(attempt), attempts.load_answers(attempt)
    return _make_turn(attempt, places, stored, number, now)


def build_page(
    attempt: Attempt,
    number: int,
    problem: str = "",
    sent: QueryDict | None = None,
    *,
    now: datetime,
    note: str = "",
) -> QuestionPage | None:
    """Return the question at a place, counted from 1; None if there is no such place.

    Fields of a reply that could not be stored show what was `sent`; `problem` says why.
    """
    places, stored = attempts.load_questions(attempt), attempts.load_answers(attempt)
    if not 1 <= number <= len(places):
        return None
    question = places[number - 1]
    return QuestionPage(
        turn=_make_turn(attempt, places, stored, number, now),
        number=number,
        before=number - 1,
        after=number + 1 if number < len(places) else 0,
        ask=build_unjudged(
            attempt.learner, question, _stored_reply(stored, question), problem, sent
        ),
        stamp=attempts.stamp_of(attempt, question),
        worth=count_points(to_fraction(question.points)),
        note=note,
        files=storage.load_files(attempt, question) if question.kind == "file" else None,
    )


def find_number(attempt: Attempt, code: UUID) -> int:
    """Return a question's place in its Attempt, counted from 1; 0 if it has none."""
    codes = [place.code for place in attempts.load_questions(attempt)]
    return codes.index(code) + 1 if code in codes else 0


def describe_reply(question: Question, stored: SavedAnswer | None) -> str:
    """Describe a stored reply in words, for a page whose fields hold another one.

    A long text is shortened, as the words are read out at once.
    """
    if stored is None:
        return _("no answer")
    words = item_of(question).describe(stored.given, current_language())
    return Truncator(words).chars(LONGEST_DESCRIPTION)


def find_first_blank(attempt: Attempt) -> int:
    """Return the number of the first question without an answer, or 1."""
    stored = attempts.load_answers(attempt)
    numbered = enumerate(attempts.load_questions(attempt), start=1)
    return next((number for number, place in numbered if place.code not in stored), 1)


def _make_turn(
    attempt: Attempt,
    places: Sequence[Question],
    stored: Collection[UUID],
    number: int,
    now: datetime,
) -> ExamTurn:
    dots = tuple(
        QuestionDot(place, question.code in stored, place == number)
        for place, question in enumerate(places, start=1)
    )
    return ExamTurn(attempt, dots, _seconds_left(attempt, now))


def _stored_reply(stored: Mapping[UUID, SavedAnswer], question: Question) -> object:
    found = stored.get(question.code)
    return None if found is None else found.given


def _seconds_left(attempt: Attempt, now: datetime) -> int | None:
    if attempt.ends_at is None:
        return None
    return max(0, int((attempt.ends_at - now).total_seconds()))
