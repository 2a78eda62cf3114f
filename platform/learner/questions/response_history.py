"""What a Learner tried at a question, judged by the question as it was then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from accounts.models import User
from courses.answers.grading import ReplyGrade, UngradableReply, grade
from courses.answers.responses import unseal_reply
from courses.models import Question, Response
from courses.questions import question_versions
from courses.questions.question_spec import QuestionItem, item_of

SHOWN_TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class Try:
    """One reply to an item; the item is the question as it was when it was answered."""

    item: QuestionItem
    given: Any
    verdict: ReplyGrade


def tries_of(user: User, question: Question, draw: int | None) -> list[Try]:
    """The latest tries of this very question, oldest first, judged again as they were."""
    rows = Response.objects.filter(learner=user, question=question, draw=draw)
    latest = rows.select_related("learner", "content").order_by("-answered_at", "-id")[:SHOWN_TRIES]
    versions = {row.content_id: question_versions.load_as_answered(row, question) for row in latest}
    items = {content: item_of(version, draw) for content, version in versions.items()}
    return [
        judge(items[row.content_id], unseal_reply(row), row.correct) for row in reversed(latest)
    ]


def judge(item: QuestionItem, given: Any, was_right: bool = False) -> Try:
    """The reply judged again; as it was, where the question has changed since."""
    try:
        return Try(item, given, grade(item, given))
    except UngradableReply:
        return Try(item, given, ReplyGrade(was_right))
