"""What a Learner tried at a question, judged by the question as it was then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from accounts.models import User
from courses.answers.grading import Unreadable, Verdict, grade
from courses.answers.responses import given_of
from courses.models import Question, Response
from courses.questions import question_versions
from courses.questions.question_spec import Item, item_of

MAX_TRIES: Final = 20


@dataclass(frozen=True, slots=True)
class JudgedTry:
    """One reply to an item; the item is the question as it was when it was answered."""

    item: Item
    given: Any
    verdict: Verdict


def load_tries(user: User, question: Question, draw: int | None) -> list[JudgedTry]:
    """The latest tries of this very question, oldest first, judged again as they were."""
    rows = Response.objects.filter(learner=user, question=question, draw=draw)
    latest = rows.select_related("learner", "content").order_by("-answered_at", "-id")[:MAX_TRIES]
    versions = {row.content_id: question_versions.as_answered(row, question) for row in latest}
    items = {content: item_of(version, draw) for content, version in versions.items()}
    return [
        judge_reply(items[row.content_id], given_of(row), row.correct) for row in reversed(latest)
    ]


def judge_reply(item: Item, given: Any, was_right: bool = False) -> JudgedTry:
    """The reply judged again; as it was, where the question has changed since."""
    try:
        return JudgedTry(item, given, grade(item, given))
    except Unreadable:
        return JudgedTry(item, given, Verdict(was_right))
