"""A Learner's earlier attempts at a question, graded by the version that was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from accounts.models import User
from courses.answers.replies import ReplyGrade, UngradableReply, grade_share
from courses.answers.responses import unseal_reply
from courses.gradebook.percents import describe_points
from courses.models import Question, Response
from courses.question_types.base import QuestionItem
from courses.questions import question_versions
from courses.questions.answer_parts import to_fraction
from courses.questions.question_spec import item_of

MAX_TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class JudgedTry:
    """One graded reply; the item is the question as it was when answered."""

    item: QuestionItem
    given: Any
    verdict: ReplyGrade


def load_tries(user: User, question: Question, draw: int | None) -> list[JudgedTry]:
    """Return the latest attempts at this question, oldest first, graded again."""
    rows = Response.objects.filter(learner=user, question=question, draw=draw)
    latest = rows.select_related("learner", "content").order_by("-answered_at", "-id")[:MAX_TRIES]
    versions = {row.content_id: question_versions.load_as_answered(row, question) for row in latest}
    items = {content: item_of(version, draw) for content, version in versions.items()}
    return [judge_reply(items[row.content_id], unseal_reply(row), row) for row in reversed(latest)]


def judge_reply(item: QuestionItem, given: Any, row: Response | None = None) -> JudgedTry:
    """Grade the reply again; keep the stored verdict if the question has changed since."""
    try:
        return JudgedTry(item, given, item.grade(given))
    except UngradableReply:
        return JudgedTry(item, given, grade_share(row.share if row else Fraction(0)))


def describe_partly(tries: Sequence[JudgedTry], question: Question) -> str:
    """Return the points of the last attempt if it was partly right, else ""."""
    share = tries[-1].verdict.share if tries else Fraction(0)
    points = to_fraction(question.points)
    return describe_points(share * points, points) if 0 < share < 1 else ""
