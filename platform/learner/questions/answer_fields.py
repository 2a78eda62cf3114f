"""The fields of a question that is answered in parts: rows to order or match, gaps to fill."""

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
class Pick:
    """One thing a field can be set to."""

    id: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One row or gap. `html` is the row, or what stands before the gap; `label` is what a screen
    reader says; without `picks` one types `value`, in one of `units` where there are any."""

    id: str
    html: str
    label: str
    picks: tuple[Pick, ...] = ()
    value: str = ""
    number: int = 0
    units: tuple[str, ...] = ()


def fields_of(item: QuestionItem, held: Mapping[str, str], seed: str) -> tuple[Field, ...]:
    """The fields with what they hold; `seed` says how rows to order are mixed."""
    if item.kind == "order":
        return _to_order(item, held, seed)
    if item.kind == "match":
        return tuple(_to_match(row, item.parts, held.get(row.id, "")) for row in item.choices)
    if item.kind == "cloze":
        return _to_fill(item, held)
    return ()


def tail_of(item: QuestionItem) -> str:
    """What stands after the last gap."""
    return cloze.split_at_gaps(item.prompt_html)[-1] if item.kind == "cloze" else ""


def held_by(kind: str, given: Given | None) -> dict[str, str]:
    """A reply as the fields hold it."""
    if given is None or isinstance(given, str):
        return {}
    if kind == "order":
        return {row: str(place) for place, row in enumerate(given, 1)}
    parted = (text.partition("=") for text in given)
    return {part: reply for part, _, reply in parted}


def words_of(item: QuestionItem, given: Given) -> str:
    """A reply in words: rows in their order, pairs, or what the gaps hold."""
    given = write_reply(item, given, current_language())
    if isinstance(given, str):
        return given
    rows: list[AnswerChoice | MatchPart] = [*item.choices, *item.parts]
    names = {one.id: one.linear for one in rows}
    if item.kind == "order":
        return ", ".join(names.get(row, row) for row in given)
    held = held_by(item.kind, given)
    if item.kind == "match":
        pairs = (f"{names.get(row, row)}: {names.get(part, part)}" for row, part in held.items())
        return "; ".join(pairs)
    return ", ".join(_in_gap(item, held) if item.kind == "cloze" else map(str, given))


def mixed(rows: Sequence[AnswerChoice], seed: str) -> list[AnswerChoice]:
    """The rows mixed, the same for the same seed, and never in their right order."""
    found = list(rows)
    random.Random(seed).shuffle(found)  # noqa: S311 - an exercise, not a lock
    return found if found != list(rows) else [*found[1:], found[0]]


def seed_of(learner: UUID, asked: UUID) -> str:
    return f"{learner} {asked}"


def _to_order(item: QuestionItem, held: Mapping[str, str], seed: str) -> tuple[Field, ...]:
    rows = mixed(item.choices, seed)
    if held:
        rows.sort(key=lambda row: held.get(row.id, "").rjust(4, "0"))
    return tuple(
        Field(row.id, row.html, row.linear, _places(len(rows), held.get(row.id, str(place))))
        for place, row in enumerate(rows, 1)
    )


def _places(total: int, held: str) -> tuple[Pick, ...]:
    numbers = (str(number) for number in range(1, total + 1))
    return tuple(Pick(number, number, number == held) for number in numbers)


def _to_match(row: AnswerChoice, parts: Sequence[MatchPart], held: str) -> Field:
    picks = tuple(Pick(part.id, part.linear, part.id == held) for part in parts)
    return Field(row.id, row.html, row.linear, picks)


def _to_fill(item: QuestionItem, held: Mapping[str, str]) -> tuple[Field, ...]:
    before = cloze.split_at_gaps(item.prompt_html)[::2]
    return tuple(
        Field(
            id=gap.id,
            html=html,
            label="",
            picks=tuple(
                Pick(one.id, one.linear, one.id == held.get(gap.id)) for one in gap.item.choices
            ),
            value=held.get(gap.id, ""),
            number=number,
            units=tuple(unit.name for unit in gap.item.units),
        )
        for number, (html, gap) in enumerate(zip(before, item.gaps, strict=False), 1)
    )


def _in_gap(item: QuestionItem, held: Mapping[str, str]) -> list[str]:
    return [
        next((one.linear for one in gap.item.choices if one.id == held.get(gap.id)), "")
        or held.get(gap.id, "")
        for gap in item.gaps
    ]
