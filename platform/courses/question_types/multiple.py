"""Multiple choice: all correct choices, and no other, are to be selected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop, pgettext_lazy

from courses.answers.replies import Given, ReplyGrade, UngradableReply
from courses.question_types.choice_question import ChoiceQuestion, grade_of_choice

MISSING = gettext_noop("What you chose is correct, but something is missing.")


class MultipleChoice(ChoiceQuestion):
    kind: ClassVar = "multiple"
    rank: ClassVar = 2
    title: ClassVar = lazy("Multiple choice (several correct)")
    name: ClassVar = pgettext_lazy("kind of a question", "multiple choice")
    counted_as: ClassVar = gettext_noop("multiple-choice question")
    takes_list: ClassVar = True
    required_fields: ClassVar = {"choices": {"$ref": "#/$defs/some_right"}}

    def grade(self, given: Given) -> ReplyGrade:
        if isinstance(given, str):
            raise UngradableReply(_("Select all that apply."))
        chosen = self.find_chosen(given)
        wrong = [choice for choice in chosen if not choice.correct]
        if wrong:
            return grade_of_choice(wrong[0], correct=False)
        if {choice.id for choice in chosen} != set(self.correct_reply()):
            return ReplyGrade(False, _(MISSING))
        return ReplyGrade(True)

    def correct_reply(self) -> Given:
        return [choice.id for choice in self.choices if choice.correct]

    def sample_replies(self) -> Iterator[Given]:
        yield self.correct_reply()
        yield from ([choice.id] for choice in self.choices)

    @classmethod
    def parse_form(cls, fields: QueryDict) -> Given:
        return [str(letter) for letter in fields.getlist("given")]
