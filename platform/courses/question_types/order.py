"""Ordering: rows are to be put in their order."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop, pgettext_lazy

from courses.answers.replies import (
    Given,
    ReplyGrade,
    UngradableReply,
    grade_parts,
    require_list,
)
from courses.question_types.answer_fields import AnswerField, FieldPick, parse_parts
from courses.question_types.base import Json
from courses.question_types.parts_question import PartsQuestion
from courses.questions.answer_parts import AnswerChoice


class Ordering(PartsQuestion):
    kind: ClassVar = "order"
    rank: ClassVar = 5
    title: ClassVar = lazy("Ordering")
    name: ClassVar = pgettext_lazy("kind of a question", "ordering")
    counted_as: ClassVar = gettext_noop("ordering question")
    xapi_interaction: ClassVar = "sequencing"
    widget: ClassVar = "order"
    min_choices: ClassVar = 2
    required_fields: ClassVar[Mapping[str, Json]] = {
        "choices": {"items": {"properties": {"share": {"not": {}}}}}
    }
    optional_fields: ClassVar = frozenset(["partial_credit"])

    def grade(self, given: Given) -> ReplyGrade:
        rows, placed = self.correct_reply(), list(require_list(given))
        if sorted(placed) != sorted(rows):
            raise UngradableReply(_("Give each row a different number."))
        return grade_parts(
            [one == other for one, other in zip(placed, rows, strict=True)],
            partial_credit=self.partial_credit,
        )

    def correct_reply(self) -> list[str]:
        return [row.id for row in self.choices]

    def sample_replies(self) -> Iterator[Given]:
        yield self.correct_reply()
        yield self.correct_reply()[::-1]

    def correct_html(self, _language: str) -> str:
        return " → ".join(row.html for row in self.choices)

    def describe(self, given: Given, _language: str) -> str:
        if isinstance(given, str):
            return given
        names = {row.id: row.linear for row in self.choices}
        return ", ".join(names.get(row, row) for row in given)

    def summarise(self, given: Given, language: str) -> str:
        rows = [given] if isinstance(given, str) else given
        return ", ".join(self._summarise_part(row, language) for row in rows)

    def build_fields(self, values: Mapping[str, str], seed: str) -> tuple[AnswerField, ...]:
        rows = shuffle_rows(self.choices, seed)
        if values:
            rows.sort(key=lambda row: values.get(row.id, "").rjust(4, "0"))
        return tuple(
            AnswerField(
                row.id,
                row.html,
                row.linear,
                _number_picks(len(rows), values.get(row.id, str(place))),
            )
            for place, row in enumerate(rows, 1)
        )

    @classmethod
    def parse_form(cls, fields: QueryDict) -> Given:
        """Return the rows sorted by the number that each was given; raise UngradableReply."""
        places = parse_parts(fields)
        if not all(number.isascii() and number.isdigit() for number in places.values()):
            raise UngradableReply(_("Give each row a number."))
        numbers = {row: int(number[:4]) for row, number in places.items()}
        if len(set(numbers.values())) != len(numbers):
            raise UngradableReply(_("Give each row a different number."))
        return sorted(numbers, key=lambda row: numbers[row])

    @classmethod
    def split_reply(cls, given: Given | None) -> dict[str, str]:
        if given is None or isinstance(given, str):
            return {}
        return {row: str(place) for place, row in enumerate(given, 1)}


def shuffle_rows(rows: Sequence[AnswerChoice], seed: str) -> list[AnswerChoice]:
    """Shuffle the rows: the same order for the same seed, and never the correct one."""
    found = list(rows)
    random.Random(seed).shuffle(found)  # noqa: S311 - an exercise, not a lock
    return found if found != list(rows) else [*found[1:], *found[:1]]


def _number_picks(total: int, value: str) -> tuple[FieldPick, ...]:
    numbers = (str(number) for number in range(1, total + 1))
    return tuple(FieldPick(number, number, number == value) for number in numbers)
