"""What questions that are answered in parts have in common: a field for each row or gap."""

from __future__ import annotations

from abc import ABC
from typing import ClassVar

from django.http import QueryDict

from courses.answers.replies import Given
from courses.question_types.answer_fields import parse_parts
from courses.question_types.base import QuestionItem


class PartsQuestion(QuestionItem, ABC):
    """A question whose reply is a list, of `part=reply` unless its type has another form."""

    takes_list: ClassVar = True

    @classmethod
    def parse_form(cls, fields: QueryDict) -> Given:
        return [f"{part}={text}" for part, text in parse_parts(fields).items()]

    @classmethod
    def split_reply(cls, given: Given | None) -> dict[str, str]:
        if given is None or isinstance(given, str):
            return {}
        parted = (text.partition("=") for text in given)
        return {part: reply for part, _, reply in parted}
