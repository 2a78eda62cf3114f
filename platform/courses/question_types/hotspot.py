"""Hotspot: a place on the picture of the prompt is to be marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape, unescape
from typing import Any, ClassVar, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop, pgettext_lazy

from courses.answers.replies import Given, ReplyGrade, UngradableReply
from courses.question_types.base import Json, SpecFlaw
from courses.question_types.choice_question import ChoiceQuestion
from courses.questions import areas
from courses.questions.answer_parts import AnswerChoice, MarkedPlace, QuestionPicture

NO_PICTURE: Final = gettext_noop("expected one picture with a description in the text")
OUTSIDE: Final = gettext_noop("expected each area inside the picture")
CROSSED: Final = gettext_noop("expected a polygon whose edges do not meet")
OVERLAP: Final = gettext_noop("expected no right area over a wrong one")
_POINT = re.compile(r"(\d{1,3}(?:\.\d{1,2})?),(\d{1,3}(?:\.\d{1,2})?)")
_IMAGE = re.compile(r'<img src="([^"]*)" alt="([^"]*)"[^>]*>')
_IMAGE_LINE = re.compile(rf"{_IMAGE.pattern}(?:<br>)?")
_BLANK_ENDS = re.compile(r"\A(?:\s|<br>)+|(?:\s|<br>)+\Z")
_PICTURE = re.compile(r"!\[[^\]\n]*[^\]\s][^\]\n]*\]\([A-Za-z0-9._/-]+\)")


def read_place(given: str) -> tuple[float, float] | None:
    """Read a place as percent from the left and from the top; None where it is none."""
    found = _POINT.fullmatch(given)
    place = (float(found[1]), float(found[2])) if found else (101.0, 101.0)
    return place if max(place) <= 100 else None


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
        if not isinstance(given, str) or not given:
            raise UngradableReply(_("Mark one place."))
        if read_place(given) is None:
            self.find_chosen([given])
        area = self._find_area(given)
        if area is None:
            return ReplyGrade(False)
        return ReplyGrade(area.correct, area.feedback_html, area.misconception)

    def correct_reply(self) -> Given:
        return next((choice.id for choice in self.choices if choice.correct), "")

    def sample_replies(self) -> Iterator[Given]:
        yield self.correct_reply()
        yield from (choice.id for choice in self.choices)

    def describe(self, given: Given, _language: str) -> str:
        area = self._find_area(str(given))
        if area is None and read_place(str(given)) is None:
            return str(given)
        return _("outside every area") if area is None else area.linear

    def summarise(self, given: Given, language: str) -> str:
        return self.describe(given, language)

    def find_option(self, given: Given) -> str:
        area = self._find_area(str(given))
        return "" if area is None else area.id

    def find_place(self, given: str) -> MarkedPlace | None:
        place = read_place(given)
        return place and MarkedPlace(given, *place, self.describe(given, ""))

    @property
    def picture(self) -> QuestionPicture | None:
        """The picture, or None where its file is missing."""
        found = _IMAGE.search(self.prompt_html)
        return found and QuestionPicture(*map(unescape, found.groups()))

    @property
    def lead_html(self) -> str:
        """The text without the picture, which is where the place is marked."""
        text = _BLANK_ENDS.sub("", _IMAGE_LINE.sub("", self.prompt_html))
        return text or escape(_("Which place is right?"))

    def _find_area(self, given: str) -> AnswerChoice | None:
        """Return the area of a reply; None for a place outside every area.

        A place on an edge that a right and a wrong area share is in the right one.
        """
        place = read_place(given)
        if place is None:
            return next((row for row in self.choices if row.id == given), None)
        found = [row for row in self.choices if row.area and row.area.holds(*place)]
        return max(found, key=lambda row: row.correct, default=None)

    @classmethod
    def choice_columns(cls, choice: Json) -> dict[str, Any]:
        return super().choice_columns(choice) | {"area": choice["area"]}

    @classmethod
    def find_flaw(cls, spec: Json, prompt: str) -> SpecFlaw | None:
        if len(_PICTURE.findall(prompt)) != 1:
            return SpecFlaw(NO_PICTURE)
        found = [(areas.read_area(row["area"]), row["correct"]) for row in spec["choices"]]
        if not all(area.fits for area, _correct in found):
            return SpecFlaw(OUTSIDE)
        if not all(area.is_plain for area, _correct in found):
            return SpecFlaw(CROSSED)
        right = [area for area, correct in found if correct]
        wrong = [area for area, correct in found if not correct]
        if areas.any_overlap(right, wrong):
            return SpecFlaw(OVERLAP)
        return None
