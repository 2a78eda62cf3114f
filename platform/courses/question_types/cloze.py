"""A text with gaps: each gap asks a small question of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, ClassVar, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop, pgettext_lazy

from courses.answers.numerals import tidy_signs
from courses.answers.replies import (
    Given,
    ReplyGrade,
    TypedReply,
    UngradableReply,
    grade_parts,
    read_pairs,
)
from courses.question_types.answer_fields import AnswerField, FieldPick
from courses.question_types.base import Json, QuestionItem, SpecFlaw
from courses.question_types.numeric import NumericQuestion, number_spec
from courses.question_types.parts_question import PartsQuestion
from courses.question_types.single import SingleChoice
from courses.question_types.text import ShortAnswer
from courses.questions import gap_marks
from courses.questions.answer_parts import (
    choice_spec,
    read_choices,
    read_units,
    text_columns,
    to_fraction,
)
from courses.rendering import course_html

_GAP_TYPES: Final = {one.kind: one for one in (SingleChoice, NumericQuestion, ShortAnswer)}
_GAP_FIELDS: Final = {"text": ("accepted", "compare"), "numeric": ("tolerance", "units")}
_STORED_FIELDS: Final = ("id", "kind", "answer", "accepted", "compare", "tolerance", "units")


@dataclass(frozen=True, slots=True)
class ClozeGap:
    """One gap in the text of a question: a small question of its own."""

    id: str
    item: QuestionItem


@dataclass(frozen=True)
class Cloze(PartsQuestion):
    kind: ClassVar = "cloze"
    rank: ClassVar = 7
    title: ClassVar = lazy("Fill in the gaps")
    name: ClassVar = pgettext_lazy("kind of a question", "fill in the gaps")
    counted_as: ClassVar = gettext_noop("fill-in-the-gaps question")
    xapi_interaction: ClassVar = "fill-in"
    widget: ClassVar = "cloze"
    has_gaps: ClassVar = True
    is_typed: ClassVar = True
    required_fields: ClassVar = {"parts": {"items": {"$ref": "#/$defs/gap"}}}
    optional_fields: ClassVar = frozenset(["partial_credit"])

    gaps: tuple[ClozeGap, ...] = ()

    @property
    def needs_capitals(self) -> bool:
        return any(gap.item.needs_capitals for gap in self.gaps)

    def grade(self, given: Given) -> ReplyGrade:
        found = read_pairs(given)
        if found.keys() != {gap.id for gap in self.gaps}:
            raise UngradableReply(_("Fill in each gap."))
        return grade_parts(self._grade_gaps(found), partial_credit=self.partial_credit)

    def _grade_gaps(self, found: Mapping[str, str]) -> list[bool]:
        """Return which gaps are correct; UngradableReply names a gap by its number."""
        right = []
        for place, gap in enumerate(self.gaps, 1):
            try:
                right.append(gap.item.grade(found[gap.id]).correct)
            except UngradableReply as unreadable:
                raise UngradableReply(_at_gap(place, str(unreadable))) from unreadable
        return right

    def correct_reply(self) -> Given:
        return [f"{gap.id}={gap.item.correct_reply()}" for gap in self.gaps]

    def sample_replies(self) -> Iterator[Given]:
        yield self.correct_reply()
        yield [f"{gap.id}={_find_wrong(gap.item)}" for gap in self.gaps]

    def read_typed(self, typed: Given, language: str) -> TypedReply:
        """Read each gap by its own type; notes and errors name the gap by its number."""
        if isinstance(typed, str):
            return TypedReply(typed)
        places = {gap.id: place for place, gap in enumerate(self.gaps, 1)}
        notes: list[str] = []

        def read_gap(gap: ClozeGap, text: str) -> str:
            try:
                found = gap.item.read_typed(text, language)
            except UngradableReply as unreadable:
                raise UngradableReply(_at_gap(places[gap.id], str(unreadable))) from unreadable
            notes.extend(_at_gap(places[gap.id], note) for note in found.notes)
            return str(found.given)

        return TypedReply(self._change_gaps(typed, read_gap), tuple(notes))

    def write_typed(self, given: Given, language: str) -> Given:
        if isinstance(given, str):
            return given
        return self._change_gaps(given, lambda gap, text: str(gap.item.write_typed(text, language)))

    def _change_gaps(
        self, given: Sequence[str], change: Callable[[ClozeGap, str], str]
    ) -> list[str]:
        """Replace the text of each known gap."""
        own = {gap.id: gap for gap in self.gaps}
        parted = [text.partition("=") for text in given]
        return [
            f"{id}={change(own[id], text)}" if sign and id in own else f"{id}{sign}{text}"
            for id, sign, text in parted
        ]

    def correct_html(self, language: str) -> str:
        return ", ".join(_answer_of_gap(gap.item, language) for gap in self.gaps)

    def describe(self, given: Given, language: str) -> str:
        if isinstance(given, str):
            return given
        values = self.split_reply(self.write_typed(given, language))
        return ", ".join(_words_of_gap(gap, values.get(gap.id, "")) for gap in self.gaps)

    def _summarise_part(self, given: str, language: str) -> str:
        id, sign, text = given.partition("=")
        if not sign:
            return super()._summarise_part(given, language)
        gap = next((gap.item for gap in self.gaps if gap.id == id), None)
        shown = gap.summarise(text, language) if gap else tidy_signs(text).casefold()
        return f"{id} = {shown}"

    @property
    def lead_html(self) -> str:
        return ""

    @property
    def tail_html(self) -> str:
        return gap_marks.split_at_gaps(self.prompt_html)[-1]

    def build_fields(self, values: Mapping[str, str], _seed: str) -> tuple[AnswerField, ...]:
        before = gap_marks.split_at_gaps(self.prompt_html)[::2]
        return tuple(
            _make_field(gap, number, html, values.get(gap.id, ""))
            for number, (html, gap) in enumerate(zip(before, self.gaps, strict=False), 1)
        )

    @classmethod
    def read_parts(cls, rows: Sequence[Json]) -> dict[str, Any]:
        return {"gaps": tuple(_read_gap(row) for row in rows)}

    @classmethod
    def part_columns(cls, part: Json) -> dict[str, Any]:
        gap = {"id": part["id"], "kind": part["kind"]}
        if part["kind"] == "choice":
            rows = part["choices"]
            return gap | {
                "choices": [text_columns(row) | {"correct": row["correct"]} for row in rows]
            }
        kept = {name: part[name] for name in _GAP_FIELDS[part["kind"]] if name in part}
        return gap | {"answer": str(part["answer"]), **kept}

    @classmethod
    def part_spec(cls, columns: Json) -> dict[str, Any]:
        gap = {name: columns[name] for name in _STORED_FIELDS if name in columns}
        if columns["kind"] == "numeric":
            gap["answer"] = number_spec(columns["answer"])
        if "choices" in columns:
            gap["choices"] = [choice_spec(choice) for choice in columns["choices"]]
        return gap

    @classmethod
    def plain_prompt(cls, prompt: str) -> str:
        return gap_marks.blank_gaps(course_html.linear(prompt))

    @classmethod
    def find_flaw(cls, spec: Json, prompt: str) -> SpecFlaw | None:
        named, found = [part["id"] for part in spec["parts"]], gap_marks.find_gap_ids(prompt)
        if found != named:
            text = gettext_noop("expected the gaps {named} in the text in this order, got {found}")
            return SpecFlaw(text, {"named": named, "found": found})
        if any(gap_marks.find_gap_ids(formula) for formula in course_html.find_formulas(prompt)):
            return SpecFlaw(gettext_noop("expected the gaps outside of maths"))
        return None


def _read_gap(row: Json) -> ClozeGap:
    item = _GAP_TYPES[gap_marks.GAP_KINDS[row["kind"]]](
        prompt_html="",
        linear="",
        choices=read_choices(row.get("choices", ())),
        answer=row.get("answer", ""),
        tolerance=to_fraction(row.get("tolerance", 0)),
        compare=row.get("compare", ""),
        accepted=tuple(row.get("accepted", ())),
        units=read_units(row.get("units", ())),
    )
    return ClozeGap(row["id"], item)


def _make_field(gap: ClozeGap, number: int, html: str, value: str) -> AnswerField:
    picks = (FieldPick(one.id, one.linear, one.id == value) for one in gap.item.choices)
    units = tuple(unit.name for unit in gap.item.units)
    return AnswerField(gap.id, html, "", tuple(picks), value, number, units)


def _find_wrong(gap: QuestionItem) -> Given:
    """Return a wrong reply to a gap, or the right one if none is known."""
    replies = list(gap.sample_replies())
    return next((given for given in replies if gap.is_correct(given) is False), replies[0])


def _answer_of_gap(gap: QuestionItem, language: str) -> str:
    chosen = ", ".join(choice.html for choice in gap.choices if choice.correct)
    return chosen or escape(gap.write_answer(language))


def _words_of_gap(gap: ClozeGap, value: str) -> str:
    return next((one.linear for one in gap.item.choices if one.id == value), "") or value


def _at_gap(place: int, problem: str) -> str:
    return _("Gap {place}: {problem}").format(place=place, problem=problem)
