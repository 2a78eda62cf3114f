"""Single choice: one of several choices is correct."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop, pgettext_lazy

from courses.answers.replies import Given, ReplyGrade, UngradableReply, grade_share
from courses.question_types.base import Json, SpecFlaw
from courses.question_types.choice_question import ChoiceQuestion
from courses.questions.answer_parts import read_share


class SingleChoice(ChoiceQuestion):
    kind: ClassVar = "single"
    rank: ClassVar = 1
    title: ClassVar = lazy("Single choice")
    name: ClassVar = pgettext_lazy("kind of a question", "single choice")
    counted_as: ClassVar = gettext_noop("single-choice question")
    shows_feedback_at_choice: ClassVar = True
    required_fields: ClassVar = {"choices": {"$ref": "#/$defs/one_right"}}

    def grade(self, given: Given) -> ReplyGrade:
        if not isinstance(given, str):
            raise UngradableReply(_("Select one answer."))
        (choice,) = self.find_chosen([given])
        share = Fraction(1) if choice.correct else choice.share or Fraction(0)
        return grade_share(share, choice.feedback_html, choice.misconception)

    def correct_reply(self) -> Given:
        return next((choice.id for choice in self.choices if choice.correct), "")

    def sample_replies(self) -> Iterator[Given]:
        yield self.correct_reply()
        yield from (choice.id for choice in self.choices)

    @classmethod
    def find_flaw(cls, spec: Json, _prompt: str) -> SpecFlaw | None:
        for row in spec["choices"]:
            if "share" in row and (row["correct"] or not 0 <= read_share(row["share"]) < 1):
                text = gettext_noop("expected a share from 0 to below 100 for wrong choices alone")
                return SpecFlaw(text)
        return None
