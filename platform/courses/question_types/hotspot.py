"""Hotspot: a place on the picture of the prompt is to be marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop, pgettext_lazy

from courses.answers.replies import Given, ReplyGrade, UngradableReply
from courses.question_types.base import Json, SpecFlaw
from courses.question_types.choice_question import ChoiceQuestion, grade_of_choice
from courses.questions.answer_parts import AnswerChoice, Area

_POINT = re.compile(r"(\d{1,3}(?:\.\d{1,2})?),(\d{1,3}(?:\.\d{1,2})?)")
_PICTURE = re.compile(r"!\[[^\]\n]*[^\]\s][^\]\n]*\]\([A-Za-z0-9._/-]+\)")


class Hotspot(ChoiceQuestion):
    """Each choice is an area in percent of the picture, so that it fits every size of it.

    A reply is a place such as `12.5,40`, or the id of an area chosen from the list of names.
    """

    kind: ClassVar = "hotspot"
    rank: ClassVar = 8
    title: ClassVar = lazy("Hotspot")
    name: ClassVar = pgettext_lazy("kind of a question", "hotspot")
    counted_as: ClassVar = gettext_noop("hotspot question")
    xapi_interaction: ClassVar = "other"
    widget: ClassVar = "hotspot"
    shows_feedback_at_choice: ClassVar = False
    required_fields: ClassVar = {
        "choices": {"$ref": "#/$defs/some_right", "items": {"required": ["area", "correct"]}}
    }

    def grade(self, given: Given) -> ReplyGrade:
        if not isinstance(given, str):
            raise UngradableReply(_("Mark one place."))
        area = self._find_area(given)
        return ReplyGrade(False) if area is None else grade_of_choice(area, correct=area.correct)

    def correct_reply(self) -> Given:
        return next((choice.id for choice in self.choices if choice.correct), "")

    def sample_replies(self) -> Iterator[Given]:
        yield self.correct_reply()
        yield from (choice.id for choice in self.choices)

    def describe(self, given: Given, _language: str) -> str:
        area = self._find_area(str(given))
        return _("outside every area") if area is None else area.linear

    def summarise(self, given: Given, language: str) -> str:
        return self.describe(given, language)

    def _find_area(self, given: str) -> AnswerChoice | None:
        """Return the area of a reply; None for a place outside every area."""
        point = _POINT.fullmatch(given)
        if point is None:
            return self.find_chosen([given])[0]
        x, y = float(point[1]), float(point[2])
        if max(x, y) > 100:
            raise UngradableReply(_("Mark a place on the picture."))
        return next((row for row in self.choices if row.area and row.area.holds(x, y)), None)

    @classmethod
    def choice_columns(cls, choice: Json) -> dict[str, Any]:
        return super().choice_columns(choice) | {"area": choice["area"]}

    @classmethod
    def find_flaw(cls, spec: Json, prompt: str) -> SpecFlaw | None:
        if len(_PICTURE.findall(prompt)) != 1:
            return SpecFlaw(gettext_noop("expected one picture with a description in the text"))
        areas = [(Area(*row["area"]), row["correct"]) for row in spec["choices"]]
        if not all(area.fits for area, _correct in areas):
            return SpecFlaw(gettext_noop("expected each area inside the picture"))
        right = [area for area, correct in areas if correct]
        wrong = [area for area, correct in areas if not correct]
        if any(one.overlaps(other) for one in right for other in wrong):
            return SpecFlaw(gettext_noop("expected no right area over a wrong one"))
        return None
