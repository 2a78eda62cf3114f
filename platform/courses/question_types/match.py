"""Matching: a part belongs to each row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop, pgettext_lazy

from courses.answers.replies import Given, ReplyGrade, UngradableReply, grade_parts, read_pairs
from courses.question_types.answer_fields import AnswerField, FieldPick
from courses.question_types.base import Json, SpecFlaw
from courses.question_types.parts_question import PartsQuestion
from courses.questions.answer_parts import AnswerChoice, MatchPart, text_columns


class Matching(PartsQuestion):
    kind: ClassVar = "match"
    rank: ClassVar = 6
    title: ClassVar = lazy("Matching")
    name: ClassVar = pgettext_lazy("kind of a question", "matching")
    counted_as: ClassVar = gettext_noop("matching question")
    xapi_interaction: ClassVar = "matching"
    widget: ClassVar = "match"
    min_choices: ClassVar = 2
    required_fields: ClassVar = {
        "choices": {"items": {"required": ["match"], "properties": {"share": {"not": {}}}}},
        "parts": {"items": {"$ref": "#/$defs/part"}},
    }
    optional_fields: ClassVar = frozenset(["partial_credit"])

    def grade(self, given: Given) -> ReplyGrade:
        found, parts = read_pairs(given), {part.id for part in self.parts}
        rows = {row.id: row.match for row in self.choices}
        if found.keys() != rows.keys() or not parts.issuperset(found.values()):
            raise UngradableReply(_("Select what belongs to each row."))
        return grade_parts(
            [found[row] == part for row, part in rows.items()], partial_credit=self.partial_credit
        )

    def correct_reply(self) -> Given:
        return [f"{row.id}={row.match}" for row in self.choices]

    def sample_replies(self) -> Iterator[Given]:
        yield self.correct_reply()
        yield from ([f"{row.id}={part.id}" for row in self.choices] for part in self.parts)

    def correct_html(self, _language: str) -> str:
        parts = {part.id: part.html for part in self.parts}
        return "; ".join(f"{row.html} – {parts[row.match]}" for row in self.choices)

    def describe(self, given: Given, _language: str) -> str:
        if isinstance(given, str):
            return given
        rows: list[AnswerChoice | MatchPart] = [*self.choices, *self.parts]
        names = {row.id: row.linear for row in rows}
        pairs = self.split_reply(given).items()
        return "; ".join(f"{names.get(row, row)}: {names.get(part, part)}" for row, part in pairs)

    def _summarise_part(self, given: str, language: str) -> str:
        row, sign, part = given.partition("=")
        if not sign:
            return super()._summarise_part(given, language)
        words = self._words()
        return f"{words.get(row, row)} = {words.get(part, part)}"

    def build_fields(self, values: Mapping[str, str], _seed: str) -> tuple[AnswerField, ...]:
        return tuple(
            AnswerField(row.id, row.html, row.linear, self._part_picks(values.get(row.id, "")))
            for row in self.choices
        )

    def _part_picks(self, value: str) -> tuple[FieldPick, ...]:
        return tuple(FieldPick(part.id, part.linear, part.id == value) for part in self.parts)

    @classmethod
    def read_parts(cls, rows: Sequence[Json]) -> dict[str, Any]:
        return {"parts": tuple(MatchPart(row["id"], row["html"], row["linear"]) for row in rows)}

    @classmethod
    def choice_columns(cls, choice: Json) -> dict[str, Any]:
        return text_columns(choice) | {"match": choice["match"]}

    @classmethod
    def find_flaw(cls, spec: Json, _prompt: str) -> SpecFlaw | None:
        known = {part["id"] for part in spec["parts"]}
        for row in spec["choices"]:
            if row["match"] not in known:
                text = gettext_noop("the choice {name!r} belongs to the unknown part {part!r}")
                return SpecFlaw(text, {"name": row["id"], "part": row["match"]})
        return None
