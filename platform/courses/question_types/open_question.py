"""A question that people mark: it has no key, so no reply to it is graded here (ADR 0088)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from courses.answers.replies import Given, ReplyGrade, UngradableReply
from courses.question_types.base import Json, QuestionItem, SpecFlaw
from courses.questions.rubric import read_rubric

TWINS = gettext_noop("expected ids of criteria and levels that are used once")
NO_POINTS = gettext_noop("expected a level with points in each criterion of the rubric")
TOO_FINE = gettext_noop("expected points with at most two decimals")


class OpenQuestion(QuestionItem):
    """Its answers become OpenAnswers, never Responses, so no estimate takes one for wrong."""

    is_open: ClassVar = True

    def grade(self, _given: Given) -> ReplyGrade:
        raise UngradableReply(_("A teacher marks this answer."))

    def correct_reply(self) -> Given:
        raise ValueError("expected a question with a key, got one that people mark")

    def sample_replies(self) -> Iterator[Given]:
        """Yield nothing: simulated learners leave such a question blank."""
        yield from ()

    def correct_html(self, _language: str) -> str:
        return ""

    @classmethod
    def find_flaw(cls, spec: Json, _prompt: str) -> SpecFlaw | None:
        rubric = read_rubric(spec.get("rubric", ()))
        ids = [each.id for each in rubric]
        levels = [[level.id for level in each.levels] for each in rubric]
        if any(len(set(some)) < len(some) for some in [ids, *levels]):
            return SpecFlaw(TWINS)
        if any(each.most <= 0 for each in rubric):
            return SpecFlaw(NO_POINTS)
        points = [level.points for each in rubric for level in each.levels]
        if any((100 * each).denominator != 1 for each in points):
            return SpecFlaw(TOO_FINE)
        return None
