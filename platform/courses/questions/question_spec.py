"""A question as it is asked: the JSON columns of a row as checked values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from courses.models import Hint, Question
from courses.questions import question_parameters
from courses.rendering import course_html

GAP_KINDS = {"text": "text", "numeric": "numeric", "choice": "single"}


@dataclass(frozen=True, slots=True)
class AnswerChoice:
    """One choice of a single or multiple question, or one row of an order or match question.

    `match` is the id of the MatchPart that belongs to a row of a match question.
    """

    id: str
    html: str
    linear: str
    correct: bool
    feedback_html: str = ""
    misconception: str = ""
    match: str = ""


@dataclass(frozen=True, slots=True)
class MatchPart:
    """One right side of a match question; some may belong to no row."""

    id: str
    html: str
    linear: str


@dataclass(frozen=True, slots=True)
class AnswerUnit:
    """A unit in which a number may be given: one of it is `factor` of a common measure."""

    name: str
    factor: Fraction


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """An expected wrong number, and the feedback for it."""

    value: Fraction
    tolerance: Fraction
    feedback_html: str
    misconception: str


@dataclass(frozen=True, slots=True)
class QuestionItem:
    """The question, and all data needed to grade a reply to it.

    `explanation_html` is empty for a draw: the stored text refers to the original numbers.
    """

    kind: str
    prompt_html: str
    linear: str
    choices: tuple[AnswerChoice, ...]
    answer: str
    tolerance: Fraction
    compare: str
    wrong_answers: tuple[WrongAnswer, ...]
    explanation_html: str
    accepted: tuple[str, ...] = ()
    units: tuple[AnswerUnit, ...] = ()
    parts: tuple[MatchPart, ...] = ()
    gaps: tuple[ClozeGap, ...] = ()


@dataclass(frozen=True, slots=True)
class ClozeGap:
    """One gap of a cloze question, `[[id]]` in its prompt: a small question of its own."""

    id: str
    item: QuestionItem


def item_of(question: Question, draw: int | None = None) -> QuestionItem:
    """Return the question with its own numbers, or with those of `draw` if parameterised."""
    if draw is not None:
        return _draw_item(question, draw)
    return QuestionItem(
        kind=question.kind,
        prompt_html=question.prompt_html,
        linear=question.linear,
        wrong_answers=tuple(_wrong(row) for row in question.wrong_answers),
        explanation_html=question.explanation_html,
        **_replies_of(question.kind, question),
    )


def scaffold_of(hint: Hint) -> QuestionItem:
    """Return the small question that a scaffold asks."""
    if not hint.reply_kind:
        raise ValueError(f"expected a scaffold, got a hint of kind {hint.kind}")
    return QuestionItem(
        kind=hint.reply_kind,
        prompt_html=hint.html,
        linear=hint.linear,
        wrong_answers=(),
        explanation_html="",
        **_replies_of(hint.reply_kind, hint),
    )


def to_fraction(number: float | str) -> Fraction:
    """Return the number exactly as it is written: 0.1 is one tenth."""
    return Fraction(str(number))


def _draw_item(question: Question, draw: int) -> QuestionItem:
    if question.parameterised is None:
        raise ValueError(f"expected a parameterised question for draw {draw}, got {question.ref}")
    drawn = question_parameters.draw_question(question.parameterised, draw)
    return QuestionItem(
        kind=question.kind,
        prompt_html=course_html.inline(drawn.prompt),
        linear=course_html.linear(drawn.prompt),
        choices=(),
        answer=str(drawn.answer),
        tolerance=to_fraction(question.parameterised["tolerance"]),
        compare="",
        wrong_answers=(),
        explanation_html="",
        units=_units(question.units),
    )


def _replies_of(kind: str, row: Question | Hint) -> dict[str, Any]:
    """Return the fields that a question and a scaffold share: what a reply is compared with."""
    return {
        "choices": _choices(row.choices),
        "answer": row.answer,
        "tolerance": to_fraction(row.tolerance),
        "compare": row.compare,
        "accepted": tuple(row.accepted),
        "units": _units(row.units),
        "parts": _parts(row.parts) if kind == "match" else (),
        "gaps": tuple(_gap(part) for part in row.parts) if kind == "cloze" else (),
    }


def _choices(rows: Sequence[Mapping[str, Any]]) -> tuple[AnswerChoice, ...]:
    return tuple(
        AnswerChoice(
            id=row["id"],
            html=row["html"],
            linear=row["linear"],
            correct=row.get("correct", False),
            feedback_html=row.get("feedback_html", ""),
            misconception=row.get("misconception", ""),
            match=row.get("match", ""),
        )
        for row in rows
    )


def _parts(rows: Sequence[Mapping[str, Any]]) -> tuple[MatchPart, ...]:
    return tuple(MatchPart(row["id"], row["html"], row["linear"]) for row in rows)


def _units(rows: Sequence[Mapping[str, Any]]) -> tuple[AnswerUnit, ...]:
    return tuple(AnswerUnit(row["name"], to_fraction(row["factor"])) for row in rows)


def _gap(row: Mapping[str, Any]) -> ClozeGap:
    item = QuestionItem(
        kind=GAP_KINDS[row["kind"]],
        prompt_html="",
        linear="",
        choices=_choices(row.get("choices", ())),
        answer=row.get("answer", ""),
        tolerance=to_fraction(row.get("tolerance", 0)),
        compare=row.get("compare", ""),
        wrong_answers=(),
        explanation_html="",
        accepted=tuple(row.get("accepted", ())),
        units=_units(row.get("units", ())),
    )
    return ClozeGap(row["id"], item)


def _wrong(row: Mapping[str, Any]) -> WrongAnswer:
    return WrongAnswer(
        value=to_fraction(row["value"]),
        tolerance=to_fraction(row["tolerance"]),
        feedback_html=row["feedback_html"],
        misconception=row["misconception"],
    )
