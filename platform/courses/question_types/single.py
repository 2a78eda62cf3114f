"""Single choice: one of several choices is correct."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop, pgettext_lazy

from courses.answers.replies import Given, ReplyGrade, UngradableReply
from courses.question_types.choice_question import ChoiceQuestion, grade_of_choice


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
        return grade_of_choice(choice, correct=choice.correct)

    def correct_reply(self) -> Given:
        return next((choice.id for choice in self.choices if choice.correct), "")

    def sample_replies(self) -> Iterator[Given]:
        yield self.correct_reply()
        yield from (choice.id for choice in self.choices)
