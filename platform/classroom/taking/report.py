"""The report after a test: each question with what was given, what is right, why, and where it is
explained. In a test that counts what was right is told when nobody can use it any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.html import escape

from adaptation.offers import pointing
from classroom.asking import Asked, clock, judged
from classroom.lessons import url_of
from classroom.taking.begin import by_clock
from courses import attempts
from courses.attempts import Turns
from courses.items import Item, item_of
from courses.models import Attempt, Question
from courses.responses import given_of


@dataclass(frozen=True, slots=True)
class Again:
    """The part of a video that explains it."""

    url: str
    title: str
    at: str


@dataclass(frozen=True, slots=True)
class Line:
    """One question of the report; `given` False = it was left blank. `answer` is the right one in
    HTML, where the choices do not show it."""

    number: int
    given: bool
    right: bool
    ask: Asked
    answer: str
    again: Again | None


@dataclass(frozen=True, slots=True)
class Report:
    """`lines` is empty while what was right is not told."""

    attempt: Attempt
    turns: Turns
    shows: bool
    by_clock: bool
    percent: int
    lines: tuple[Line, ...]


def report(attempt: Attempt, *, now: datetime) -> Report:
    turns = attempts.turns(attempt.learner, attempt.unit)
    shows = turns.shows_answers(attempt, now)
    return Report(
        attempt=attempt,
        turns=turns,
        shows=shows,
        by_clock=by_clock(attempt),
        percent=round(100 * attempts.share(attempt)),
        lines=_lines(attempt) if shows else (),
    )


def _lines(attempt: Attempt) -> tuple[Line, ...]:
    rows = attempt.responses.select_related("learner")
    given = {row.question_id: row for row in rows}

    def line(number: int, question: Question) -> Line:
        row = given.get(question.pk)
        ask = judged(attempt.learner, question, None if row is None else given_of(row))
        right = row is not None and row.correct
        again = None if right else again_of(question)
        return Line(number, row is not None, right, ask, right_answer(question), again)

    places = enumerate(attempts.places_of(attempt.unit), start=1)
    return tuple(line(number, question) for number, question in places)


def again_of(question: Question) -> Again | None:
    found = pointing.explained_in(question)
    if found is None:
        return None
    unit, begin = found
    return Again(f"{url_of(unit)}?t={begin:.1f}#player", unit.title, clock(begin))


def right_answer(question: Question) -> str:
    """What would have been right, as safe HTML; "" where the choices show it."""
    item = item_of(question)
    if item.kind == "order":
        return " → ".join(choice.html for choice in item.choices)
    if item.kind == "match":
        parts = {part.id: part.html for part in item.parts}
        return "; ".join(f"{row.html} – {parts[row.match]}" for row in item.choices)
    if item.kind == "cloze":
        return ", ".join(_of_gap(gap.item) for gap in item.gaps)
    return question.answer_html or escape(item.answer)


def _of_gap(item: Item) -> str:
    right = [choice.html for choice in item.choices if choice.correct]
    return right[0] if right else escape(item.answer)
