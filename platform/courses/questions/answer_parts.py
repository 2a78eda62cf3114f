"""The parts that answers are made of, from the JSON columns of a question or a hint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from courses.questions.areas import Area, read_area
from courses.rendering import course_html

Json = Mapping[str, Any]
_CHOICE_FIELDS = ("id", "text", "correct", "share", "feedback", "misconception", "match", "area")


@dataclass(frozen=True, slots=True)
class QuestionPicture:
    """The picture of a question: its address, and its words for those who do not see it."""

    src: str
    alt: str


@dataclass(frozen=True, slots=True)
class MarkedPlace:
    """A place that was marked on a picture, in percent of it, with the name of its area."""

    given: str
    x: float
    y: float
    name: str


@dataclass(frozen=True, slots=True)
class AnswerChoice:
    """One choice, or one row of a question whose rows are ordered or matched.

    `match` is the id of the MatchPart that belongs to a row. `share` is the share of the points for
    choosing it, None unless its author set one; it may be negative.
    """

    id: str
    html: str
    linear: str
    correct: bool
    feedback_html: str = ""
    misconception: str = ""
    match: str = ""
    share: Fraction | None = None
    area: Area | None = None


@dataclass(frozen=True, slots=True)
class MatchPart:
    """One right side of a matching question; some may belong to no row."""

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
class NumberAnswer:
    """A number from `low` to `high` that earns a share of the points, and its feedback."""

    low: Fraction
    high: Fraction
    share: Fraction
    feedback_html: str

    @property
    def middle(self) -> Fraction:
        return (self.low + self.high) / 2


def to_fraction(number: float | str) -> Fraction:
    """Return the number exactly as it is written: 0.1 is one tenth."""
    return Fraction(str(number))


def read_choices(rows: Iterable[Json]) -> tuple[AnswerChoice, ...]:
    return tuple(
        AnswerChoice(
            id=row["id"],
            html=row["html"],
            linear=row["linear"],
            correct=row.get("correct", False),
            feedback_html=row.get("feedback_html", ""),
            misconception=row.get("misconception", ""),
            match=row.get("match", ""),
            share=read_share(row["share"]) if "share" in row else None,
            area=read_area(row["area"]) if "area" in row else None,
        )
        for row in rows
    )


def read_units(rows: Iterable[Json]) -> tuple[AnswerUnit, ...]:
    return tuple(AnswerUnit(row["name"], to_fraction(row["factor"])) for row in rows)


def read_wrong_answers(rows: Iterable[Json]) -> tuple[WrongAnswer, ...]:
    return tuple(
        WrongAnswer(
            value=to_fraction(row["value"]),
            tolerance=to_fraction(row["tolerance"]),
            feedback_html=row["feedback_html"],
            misconception=row["misconception"],
        )
        for row in rows
    )


def read_number_answers(rows: Iterable[Json]) -> tuple[NumberAnswer, ...]:
    return tuple(
        NumberAnswer(*number_bounds(row), read_share(row["share"]), row["feedback_html"])
        for row in rows
    )


def number_bounds(row: Json) -> tuple[Fraction, Fraction]:
    """Return the lowest and highest number: `from` and `to`, or a value with its tolerance."""
    if "value" not in row:
        return to_fraction(row["from"]), to_fraction(row["to"])
    value, tolerance = to_fraction(row["value"]), to_fraction(row.get("tolerance", 0))
    return value - tolerance, value + tolerance


def read_share(percent: float | str) -> Fraction:
    """Return a share of the points from its percentage: 50 is one half, "100/3" one third."""
    return to_fraction(percent) / 100


def text_columns(spec: Json) -> dict[str, Any]:
    """Return the columns of a choice or a part whose text is shown."""
    text = spec["text"]
    return {
        "id": spec["id"],
        "text": text,
        "html": course_html.inline(text),
        "linear": course_html.linear(text),
    }


def choice_spec(columns: Json) -> dict[str, Any]:
    """Return a stored choice as course.json has it."""
    return {name: columns[name] for name in _CHOICE_FIELDS if columns.get(name, "") != ""}
