"""The report after a test: each question with what was given, what is right, why, and where it is
explained. In a test that counts what was right is told when nobody can use it any more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from adaptation.offers import link_targets
from courses import attempts
from courses.answers.correct_answers import right_html
from courses.answers.numerals import current_language
from courses.answers.responses import unseal_reply
from courses.attempts import AttemptOverview
from courses.gradebook.regrade_credits import AttemptCredits, load_credits
from courses.gradebook.regrade_notes import RegradeNote, attempt_notes
from courses.gradebook.scores import Credit
from courses.models import Attempt, Question, Response
from courses.questions import question_versions
from learner.courses.lessons import url_of
from learner.exams.start_page import by_clock
from learner.questions.view_model import CHOOSING, Asked, clock, judged


@dataclass(frozen=True, slots=True)
class Again:
    """The part of a video that explains it."""

    url: str
    title: str
    at: str


@dataclass(frozen=True, slots=True)
class Line:
    """One question of the report; `given` False = it was left blank. `answer` is the right one in
    HTML, where the choices do not show it. `counts` False = a regrade left it out."""

    number: int
    given: bool
    right: bool
    counts: bool
    ask: Asked
    answer: str
    again: Again | None


@dataclass(frozen=True, slots=True)
class Report:
    """`lines` is empty while what was right is not told."""

    attempt: Attempt
    turns: AttemptOverview
    shows: bool
    by_clock: bool
    percent: int
    lines: tuple[Line, ...]
    regrades: tuple[RegradeNote, ...]


def report(attempt: Attempt, *, now: datetime) -> Report:
    turns = attempts.load_overview(attempt.learner, attempt.unit)
    shows = turns.shows_answers(attempt, now)
    return Report(
        attempt=attempt,
        turns=turns,
        shows=shows,
        by_clock=by_clock(attempt),
        percent=attempts.percent_of(attempt),
        lines=_lines(attempt) if shows else (),
        regrades=tuple(attempt_notes(attempt)),
    )


def _lines(attempt: Attempt) -> tuple[Line, ...]:
    (found,) = load_credits([attempt])
    credits = found.credits
    return tuple(
        _line(attempt.learner, number, question, credits[question.pk], found.answers)
        for number, question in enumerate(_load_shown(found), start=1)
    )


def _load_shown(found: AttemptCredits) -> list[Question]:
    """The questions as they were, or with the key by which they were regraded."""
    places = attempts.load_questions(found.attempt)
    keys = [key for place in places if (key := found.key_of(place.pk)) is not None]
    regraded = {question.pk: question for question in question_versions.load_as_stored(keys)}
    return [regraded.get(place.pk, place) for place in places]


def _line(
    learner: User, number: int, shown: Question, credit: Credit, answers: Mapping[int, Response]
) -> Line:
    row = answers.get(shown.pk)
    ask = judged(learner, shown, None if row is None else unseal_reply(row))
    again = None if credit.right else again_of(shown)
    return Line(
        number, row is not None, credit.right, credit.counts, ask, right_answer(shown), again
    )


def again_of(question: Question) -> Again | None:
    found = link_targets.explained_in(question)
    if found is None:
        return None
    unit, begin = found
    return Again(f"{url_of(unit)}?t={begin:.1f}#player", unit.title, clock(begin))


def right_answer(question: Question) -> str:
    """What would have been right, as safe HTML; "" where the choices show it."""
    return "" if question.kind in CHOOSING else right_html(question, current_language())
