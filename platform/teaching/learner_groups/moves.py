"""Move the chosen Learners into a group or out of it, and undo that within ten minutes.

The token for undoing stays in the page that answers, because it names people: never in an address.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.core import signing
from django.http import Http404, QueryDict

from accounts.access import uuid_or_404
from accounts.models import User
from courses import learner_groups
from courses.learner_groups import RESTORE_WITHIN, MovedBack
from courses.models import Course, LearnerGroup

SALT: Final = "teaching.learner_groups"


@dataclass(frozen=True, slots=True)
class MovedLearners:
    """How many Learners were moved to a group (None = out of theirs), and the undo token.

    `name`: the group they were put into or taken out of.
    """

    n: int
    group: LearnerGroup | None
    name: str
    token: str


def list_chosen(sent: QueryDict) -> list[str]:
    """Return the codes of the people chosen: a field each, or with the module one for all.

    Django refuses forms with more than 1000 fields.
    """
    return [*sent.getlist("person"), *sent.get("people", "").split()]


def move_chosen(
    course: Course,
    chosen: Sequence[str],
    group: LearnerGroup | None,
    *,
    shown: LearnerGroup | None,
    by: User,
) -> MovedLearners:
    """Move the people with these codes; those who do not learn in the course are left out.

    `shown`: the group on whose page they were chosen.
    """
    people = [uuid_or_404(code) for code in chosen]
    before = learner_groups.move_learners(course, people, group, by=by)
    content = {
        "course": str(course.code),
        "to": str(group.code) if group else "",
        "before": {str(person): str(code or "") for person, code in before.items()},
    }
    named = group or shown
    token = signing.dumps(content, salt=SALT, compress=True)
    return MovedLearners(len(before), group, named.name if named else "", token)


def undo_move(course: Course, token: str, *, by: User) -> MovedBack:
    """Put the people back where they were; 404 if the token expired or is of another course."""
    try:
        undo = signing.loads(token, salt=SALT, max_age=RESTORE_WITHIN)
    except signing.BadSignature as error:
        raise Http404 from error
    if undo["course"] != str(course.code):
        raise Http404
    before = {UUID(person): UUID(code) if code else None for person, code in undo["before"].items()}
    to = UUID(undo["to"]) if undo["to"] else None
    return learner_groups.move_back(course, before, to=to, by=by)


def read_counts(query: QueryDict) -> MovedBack | None:
    """Return how many were moved back, from the address after an undo; None for other text."""
    counts = [query.get(name, "") for name in ("back", "left")]
    if not all(re.fullmatch(r"[0-9]{1,5}", count) for count in counts):
        return None
    return MovedBack(*map(int, counts))
