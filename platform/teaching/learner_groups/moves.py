"""Move the chosen Learners into a group or out of it, and undo that within ten minutes.

The token for undoing stays in the page that answers, because it names people: never in an address.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.core import signing
from django.http import Http404

from accounts.access import uuid_or_404
from accounts.models import User
from courses import learner_groups
from courses.learner_groups import RESTORE_WITHIN
from courses.models import Course, LearnerGroup

SALT: Final = "teaching.learner_groups"


@dataclass(frozen=True, slots=True)
class MovedLearners:
    """How many Learners were moved to a group (None = out of theirs), and the undo token."""

    n: int
    group: LearnerGroup | None
    token: str


def move_chosen(
    course: Course, chosen: Sequence[str], group: LearnerGroup | None, *, by: User
) -> MovedLearners:
    """Move the people with these codes; those who do not learn in the course are left out."""
    people = [uuid_or_404(code) for code in chosen]
    before = learner_groups.move_learners(course, people, group, by=by)
    named = {str(person): str(code or "") for person, code in before.items()}
    content = {"course": str(course.code), "before": named}
    token = signing.dumps(content, salt=SALT, compress=True)
    return MovedLearners(len(before), group, token)


def undo_move(course: Course, token: str, *, by: User) -> None:
    """Put the people back where they were; 404 if the token expired or is of another course."""
    try:
        undo = signing.loads(token, salt=SALT, max_age=RESTORE_WITHIN)
    except signing.BadSignature as error:
        raise Http404 from error
    if undo["course"] != str(course.code):
        raise Http404
    before = {UUID(person): UUID(code) if code else None for person, code in undo["before"].items()}
    learner_groups.move_back(course, before, by=by)
