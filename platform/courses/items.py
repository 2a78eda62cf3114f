"""A question as it is asked: the JSON columns of a row read into checked values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from courses import maths, variants
from courses.models import Hint, Question


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice of a single or multiple question; `id` is its letter."""

    id: str
    html: str
    linear: str
    correct: bool
    feedback_html: str
    misconception: str


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """A foreseen wrong number and what to say to it."""

    value: Fraction
    tolerance: Fraction
    feedback_html: str
    misconception: str


@dataclass(frozen=True, slots=True)
class Item:
    """What is asked, and all that is needed to grade a reply to it.

    `explanation_html` is empty for a draw: the stored one speaks of the numbers of the original.
    """

    kind: str
    prompt_html: str
    linear: str
    choices: tuple[Choice, ...]
    answer: str
    tolerance: Fraction
    compare: str
    wrong_answers: tuple[WrongAnswer, ...]
    explanation_html: str


def item_of(question: Question, draw: int | None = None) -> Item:
    """The question with its own numbers, or with those of `draw` where it is parameterised."""
    if draw is not None:
        return _drawn(question, draw)
    return Item(
        kind=question.kind,
        prompt_html=question.prompt_html,
        linear=question.linear,
        choices=_choices(question.choices),
        answer=question.answer,
        tolerance=exact(question.tolerance),
        compare=question.compare,
        wrong_answers=tuple(_wrong(row) for row in question.wrong_answers),
        explanation_html=question.explanation_html,
    )


def scaffold_of(hint: Hint) -> Item:
    """The small question a scaffold asks."""
    if not hint.reply_kind:
        raise ValueError(f"expected a scaffold, got a hint of kind {hint.kind}")
    return Item(
        kind=hint.reply_kind,
        prompt_html=hint.html,
        linear=hint.linear,
        choices=_choices(hint.choices),
        answer=hint.answer,
        tolerance=Fraction(0),
        compare=hint.compare,
        wrong_answers=(),
        explanation_html="",
    )


def exact(number: float | str) -> Fraction:
    """The number as people write it: 0.1 is one tenth."""
    return Fraction(str(number))


def _drawn(question: Question, draw: int) -> Item:
    if question.parameterised is None:
        raise ValueError(f"expected a parameterised question for draw {draw}, got {question.ref}")
    drawn = variants.draw(question.parameterised, draw)
    return Item(
        kind=question.kind,
        prompt_html=maths.inline(drawn.prompt),
        linear=maths.linear(drawn.prompt),
        choices=(),
        answer=str(drawn.answer),
        tolerance=exact(question.parameterised["tolerance"]),
        compare="",
        wrong_answers=(),
        explanation_html="",
    )


def _choices(rows: Sequence[Mapping[str, Any]]) -> tuple[Choice, ...]:
    return tuple(
        Choice(
            id=row["id"],
            html=row["html"],
            linear=row["linear"],
            correct=row["correct"],
            feedback_html=row.get("feedback_html", ""),
            misconception=row.get("misconception", ""),
        )
        for row in rows
    )


def _wrong(row: Mapping[str, Any]) -> WrongAnswer:
    return WrongAnswer(
        value=exact(row["value"]),
        tolerance=exact(row["tolerance"]),
        feedback_html=row["feedback_html"],
        misconception=row["misconception"],
    )
