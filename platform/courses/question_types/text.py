"""A short answer: words, or maths that is compared by its value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import gettext_noop, pgettext_lazy

from courses.answers.expression_match import is_expression, is_same_answer, matches_wording
from courses.answers.numerals import MAX_LENGTH, read_formula, reading_note, write_formula
from courses.answers.replies import Given, ReplyGrade, TypedReply, require_text
from courses.question_types.base import QuestionItem


class ShortAnswer(QuestionItem):
    kind: ClassVar = "text"
    rank: ClassVar = 4
    title: ClassVar = lazy("Short answer")
    name: ClassVar = pgettext_lazy("kind of a question", "short answer")
    counted_as: ClassVar = gettext_noop("short-answer question")
    xapi_interaction: ClassVar = "fill-in"
    widget: ClassVar = "typed"
    is_typed: ClassVar = True
    required_fields: ClassVar = {"answer": {"type": "string", "minLength": 1}}
    optional_fields: ClassVar = frozenset(["shown", "accepted", "compare"])

    def grade(self, given: Given) -> ReplyGrade:
        typed = require_text(given)
        return ReplyGrade(
            is_same_answer(typed, self.answer, self.compare)
            or any(matches_wording(typed, wording, self.compare) for wording in self.accepted)
        )

    def correct_reply(self) -> Given:
        return self.answer

    def sample_replies(self) -> Iterator[Given]:
        yield self.correct_reply()
        yield from ("1", "x")

    def read_typed(self, typed: Given, language: str) -> TypedReply:
        if not isinstance(typed, str) or not typed.strip() or len(typed) > MAX_LENGTH:
            return TypedReply(typed)
        if not self._is_formula():
            return TypedReply(typed)
        found = read_formula(typed, language)
        return TypedReply(found.plain, tuple(reading_note(each, language) for each in found.unsure))

    def write_typed(self, given: Given, language: str) -> Given:
        is_formula = isinstance(given, str) and self._is_formula()
        return write_formula(str(given), language) if is_formula else given

    def _is_formula(self) -> bool:
        """Return whether the text is compared as maths, so that its numbers must be read."""
        return self.compare == "arithmetic" and is_expression(self.answer)
