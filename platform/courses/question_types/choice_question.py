"""What single and multiple choice have in common."""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from courses.answers.replies import Given, UngradableReply
from courses.question_types.base import Json, QuestionItem
from courses.questions.answer_parts import AnswerChoice, text_columns
from courses.rendering import course_html


class ChoiceQuestion(QuestionItem, ABC):
    """A question whose choices are marked as correct or not."""

    xapi_interaction: ClassVar = "choice"
    widget: ClassVar = "options"
    has_options: ClassVar = True
    min_choices: ClassVar = 2

    def correct_html(self, language: str) -> str:
        html = ", ".join(choice.html for choice in self.choices if choice.correct)
        return html or self.stated_answer_html(language)

    def describe(self, given: Given, _language: str) -> str:
        names = {choice.id: choice.linear for choice in self.choices}
        return ", ".join(names.get(id, id) for id in list_ids(given))

    def find_chosen(self, ids: Sequence[str]) -> list[AnswerChoice]:
        """Return the choices with these ids; raise UngradableReply for an unknown one."""
        if not ids or not {choice.id for choice in self.choices}.issuperset(ids):
            raise UngradableReply(_("Select from the answers shown."))
        return [choice for choice in self.choices if choice.id in ids]

    @classmethod
    def choice_columns(cls, choice: Json) -> dict[str, Any]:
        feedback = choice.get("feedback", "")
        return text_columns(choice) | {
            "correct": choice["correct"],
            "feedback": feedback,
            "feedback_html": course_html.inline(feedback),
            "misconception": choice.get("misconception", ""),
            **({"share": choice["share"]} if "share" in choice else {}),
        }


def list_ids(given: Given) -> list[str]:
    """Return the ids of a reply to a question with choices."""
    return [given] if isinstance(given, str) else list(given)
