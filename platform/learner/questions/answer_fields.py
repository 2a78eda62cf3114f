"""The form fields of a question answered in parts: rows to order or match, gaps to fill."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from courses.answers.grading import Given
from courses.answers.numerals import current_language
from courses.answers.typed_answers import write_reply
from courses.questions import cloze
from courses.questions.question_spec import AnswerChoice, MatchPart, QuestionItem


@dataclass(frozen=True, slots=True)
class FieldPick:
    """One value a field can be set to."""

    id: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class AnswerField:
    """One row or gap.

    `html` is the row, or the text before the gap. `label` is for screen readers. A field without
    `picks` takes typed text in `value`, with a unit from `units` if there are any.
    """

    id: str
    html: str
    label: str
    picks: tuple[FieldPick, ...] = ()
    value: str = ""
    number: int = 0
    units: tuple[str, ...] = ()


def build_fields(
    item: QuestionItem, values: Mapping[str, str], seed: str
) -> tuple[AnswerField, ...]:
    """Return the fields with their values; `seed` fixes how rows to order are shuffled."""
    if item.kind == "order":
        return _order_fields(item, values, seed)
    if item.kind == "match":
        return tuple(_match_field(row, item.parts, values.get(row.id, "")) for row in item.choices)
    if item.kind == "cloze":
        return _gap_fields(item, values)
    return ()


def find_tail(item: QuestionItem) -> str:
    """Return the text after the last gap."""
    return cloze.split_at_gaps(item.prompt_html)[-1] if item.kind == "cloze" else ""


def split_reply(kind: str, given: Given | None) -> dict[str, str]:
    """Return the value of each field in a reply."""
    if given is None or isinstance(given, str):
        return {}
    if kind == "order":
        return {row: str(place) for place, row in enumerate(given, 1)}
    parted = (text.partition("=") for text in given)
    return {part: reply for part, _, reply in parted}


def describe_reply(item: QuestionItem, given: Given) -> str:
    """Describe a reply in words: rows in order, pairs, or the contents of the gaps."""
    given = write_reply(item, given, current_language())
    if isinstance(given, str):
        return given
    rows: list[AnswerChoice | MatchPart] = [*item.choices, *item.parts]
    names = {one.id: one.linear for one in rows}
    if item.kind == "order":
        return ", ".join(names.get(row, row) for row in given)
    values = split_reply(item.kind, given)
    if item.kind == "match":
        pairs = (f"{names.get(row, row)}: {names.get(part, part)}" for row, part in values.items())
        return "; ".join(pairs)
    return ", ".join(_gap_words(item, values) if item.kind == "cloze" else map(str, given))


def shuffle_rows(rows: Sequence[AnswerChoice], seed: str) -> list[AnswerChoice]:
    """Shuffle the rows: the same order for the same seed, and never the correct one."""
    found = list(rows)
    random.Random(seed).shuffle(found)  # noqa: S311 - an exercise, not a lock
    return found if found != list(rows) else [*found[1:], found[0]]


def make_seed(learner: UUID, asked: UUID) -> str:
    return f"{learner} {asked}"


def _order_fields(
    item: QuestionItem, values: Mapping[str, str], seed: str
) -> tuple[AnswerField, ...]:
    rows = shuffle_rows(item.choices, seed)
    if values:
        rows.sort(key=lambda row: values.get(row.id, "").rjust(4, "0"))
    return tuple(
        AnswerField(
            row.id, row.html, row.linear, _number_picks(len(rows), values.get(row.id, str(place)))
        )
        for place, row in enumerate(rows, 1)
    )


def _number_picks(total: int, value: str) -> tuple[FieldPick, ...]:
    numbers = (str(number) for number in range(1, total + 1))
    return tuple(FieldPick(number, number, number == value) for number in numbers)


def _match_field(row: AnswerChoice, parts: Sequence[MatchPart], value: str) -> AnswerField:
    picks = tuple(FieldPick(part.id, part.linear, part.id == value) for part in parts)
    return AnswerField(row.id, row.html, row.linear, picks)


def _gap_fields(item: QuestionItem, values: Mapping[str, str]) -> tuple[AnswerField, ...]:
    before = cloze.split_at_gaps(item.prompt_html)[::2]
    return tuple(
        AnswerField(
            id=gap.id,
            html=html,
            label="",
            picks=tuple(
                FieldPick(one.id, one.linear, one.id == values.get(gap.id))
                for one in gap.item.choices
            ),
            value=values.get(gap.id, ""),
            number=number,
            units=tuple(unit.name for unit in gap.item.units),
        )
        for number, (html, gap) in enumerate(zip(before, item.gaps, strict=False), 1)
    )


def _gap_words(item: QuestionItem, values: Mapping[str, str]) -> list[str]:
    return [
        next((one.linear for one in gap.item.choices if one.id == values.get(gap.id)), "")
        or values.get(gap.id, "")
        for gap in item.gaps
    ]
