"""A number, with a unit where the question has units."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop, pgettext_lazy

from courses.answers.numerals import (
    MAX_LENGTH,
    NumberReading,
    read_number,
    reading_note,
    to_json_number,
    to_plain,
    write_number,
)
from courses.answers.quantities import (
    NumberReader,
    read_plain,
    read_stored_number,
    split_quantity,
)
from courses.answers.replies import (
    Given,
    ReplyGrade,
    TypedReply,
    UngradableReply,
    grade_share,
    require_text,
)
from courses.question_types.base import Json, QuestionItem, SpecFlaw
from courses.questions.answer_parts import number_bounds, read_share, to_fraction


class NumericQuestion(QuestionItem):
    kind: ClassVar = "numeric"
    rank: ClassVar = 3
    title: ClassVar = lazy("Numerical")
    name: ClassVar = pgettext_lazy("kind of a question", "numerical")
    counted_as: ClassVar = gettext_noop("numerical question")
    xapi_interaction: ClassVar = "numeric"
    widget: ClassVar = "typed"
    is_typed: ClassVar = True
    required_fields: ClassVar = {"answer": {"$ref": "#/$defs/number"}}
    optional_fields: ClassVar = frozenset(
        ["shown", "units", "tolerance", "wrong_answers", "other_answers"]
    )

    def grade(self, given: Given) -> ReplyGrade:
        reply = self._convert_to_answer_unit(*self._read_quantity(require_text(given)))
        if abs(reply - to_fraction(self.answer)) <= self.tolerance:
            return ReplyGrade(True, self._feedback_of_all_points(reply))
        if fitting := [one for one in self.other_answers if one.low <= reply <= one.high]:
            best = max(fitting, key=lambda one: (one.share, bool(one.feedback_html)))
            return grade_share(best.share, best.feedback_html)
        for expected in self.wrong_answers:
            if abs(reply - expected.value) <= expected.tolerance:
                return ReplyGrade(False, expected.feedback_html, expected.misconception)
        return ReplyGrade(False)

    def _feedback_of_all_points(self, reply: Fraction) -> str:
        """Return the feedback for a correct number: the first that a number with all points has."""
        found = (one for one in self.other_answers if one.share == 1 and one.feedback_html)
        return next((one.feedback_html for one in found if one.low <= reply <= one.high), "")

    def correct_reply(self) -> Given:
        return f"{self.answer}{self.unit_suffix}"

    def sample_replies(self) -> Iterator[Given]:
        yield self.correct_reply()
        yield from (f"{other.middle}{self.unit_suffix}" for other in self.other_answers)
        yield from (f"{wrong.value}{self.unit_suffix}" for wrong in self.wrong_answers)
        yield from (f"{to_fraction(self.answer) + off}{self.unit_suffix}" for off in (1, 2))

    def read_typed(self, typed: Given, language: str) -> TypedReply:
        if not isinstance(typed, str) or not typed.strip() or len(typed) > MAX_LENGTH:
            return TypedReply(typed)
        reading, unit = self._read_quantity(typed, partial(read_number, language=language))
        note = reading_note(reading, language)
        return TypedReply(f"{reading.plain} {unit}".strip(), (note,) if note else ())

    def write_typed(self, given: Given, language: str) -> Given:
        """Write the number in this language; return a reply that cannot be read as it is stored."""
        if not isinstance(given, str):
            return given
        names = [unit.name for unit in self.units]
        reading, unit = split_quantity(given, names) if names else (read_plain(given), "")
        if reading is None or (unit and unit not in names):
            return given
        return f"{write_number(reading.plain, language)} {unit}".strip()

    def write_answer(self, language: str) -> str:
        plain = self.answer if "/" in self.answer else to_plain(self.answer)
        return write_number(plain, language)

    def _summarise_part(self, given: str, language: str) -> str:
        value = read_stored_number(given)
        if value is None:
            return super()._summarise_part(given, language)
        # Simple fractions stay fractions: 1/2 also represents 0.5. But 157/50 is less readable than
        # 3.14.
        plain = str(value) if value.denominator < 10 else to_plain(value)
        return write_number(plain, language)

    def _read_quantity(
        self, typed: str, read: NumberReader = read_plain
    ) -> tuple[NumberReading, str]:
        """Return the number of a reply and its unit, "" where the question has no units.

        Raises UngradableReply, whose text says what to type.
        """
        if not self.units:
            return self._require_number(read(typed)), ""
        names = [unit.name for unit in self.units]
        reading, name = split_quantity(typed, names, read)
        found = self._require_number(reading)
        if not name:
            raise UngradableReply(_("Enter the unit too, such as {unit}.").format(unit=names[0]))
        if name not in names:
            text = _("Use one of these units: {units}.")
            raise UngradableReply(text.format(units=", ".join(names)))
        return found, name

    def _require_number(self, reading: NumberReading | None) -> NumberReading:
        if reading is None:
            raise UngradableReply(self._how_to_type())
        return reading

    def _how_to_type(self) -> str:
        if self.units:
            text = _("Enter a number and its unit, such as 3.2 {unit}.")
            return text.format(unit=self.units[0].name)
        return _("Enter a number, such as 7, −3, 0.5 or 1/2.")

    def _convert_to_answer_unit(self, reading: NumberReading, name: str) -> Fraction:
        """Convert the value to the first unit of the question, which is that of its answer."""
        factors = {unit.name: unit.factor for unit in self.units}
        return reading.value * factors[name] / self.units[0].factor if name else reading.value

    @classmethod
    def find_flaw(cls, spec: Json, _prompt: str) -> SpecFlaw | None:
        for place, row in enumerate(spec.get("other_answers", ()), 1):
            low, high = number_bounds(row)
            if low > high:
                text = gettext_noop("expected other answer {place} to end after it begins")
                return SpecFlaw(text, {"place": str(place)})
            if not 0 < read_share(row["share"]) <= 1:
                text = gettext_noop("expected other answer {place} to have a share of 0 to 100")
                return SpecFlaw(text, {"place": str(place)})
        return None

    @classmethod
    def answer_spec(cls, answer: str, tolerance: float) -> dict[str, Any]:
        return {"answer": number_spec(answer), "tolerance": number_spec(str(tolerance))}


def number_spec(text: str) -> float | str:
    """Return a number where JSON can hold it exactly; fractions and longer numbers stay text."""
    if "/" in text:
        return text
    number = to_json_number(Fraction(text))
    return text if number is None else number
