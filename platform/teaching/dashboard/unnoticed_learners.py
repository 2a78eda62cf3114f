"""Find active learners that no Teacher has viewed or handled for a week.

They are neither stuck nor ahead, and the list draws attention to them. Its order changes daily, so
that the alphabet does not decide which learners are named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta

from accounts.models import User
from audit.leaves import person_ref
from audit.models import Leaf
from courses.models import Course
from teaching.models import Handled
from teaching.visits import load_last_visits

WEEK = timedelta(days=7)
MOST_NAMED = 3


def find_unnoticed(
    course: Course, class_: Mapping[int, User], seen: Collection[int], *, now: datetime
) -> list[int]:
    """Return at most three learners by pk, without those in `seen`, who are on the page already."""
    since = now - WEEK
    handled = Handled.objects.filter(course=course, learner__any_of=class_, at__gt=since)
    open_ = load_last_visits(course, class_, since=since).keys() - set(seen)
    open_ -= set(handled.values_list("learner", flat=True))
    looks = Leaf.objects.filter(verb__in=("teacher.view", "share.ask"), at__gt=since)
    looked_at = {bytes(found) for found in looks.values_list("subject_ref", flat=True) if found}
    return list(_first_unviewed(class_, open_, looked_at, now))


def _first_unviewed(
    class_: Mapping[int, User], open_: Collection[int], looked_at: Collection[bytes], now: datetime
) -> Iterator[int]:
    """Yield learners who were not viewed; stop early, because each check costs a key lookup."""
    named = 0
    for pk in sorted(open_, key=lambda pk: _daily_order(class_[pk], now)):
        if named == MOST_NAMED:
            return
        if person_ref(class_[pk].code) not in looked_at:
            named += 1
            yield pk


def _daily_order(user: User, now: datetime) -> bytes:
    return hashlib.sha256(f"{now:%Y-%m-%d}{user.code}".encode()).digest()
