"""Whom no Teacher has looked at or seen to for a week: they are here, neither stuck nor ahead.

So that attention does not go to the same few. Who is named changes from day to day, so that it
does not go by the alphabet either.
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
from telemetry.models import Sitting

WEEK = timedelta(days=7)
NAMED = 3


def unnoticed(
    course: Course, class_: Mapping[int, User], seen: Collection[int], *, now: datetime
) -> list[int]:
    """At most three by pk; `seen` are on the page already."""
    since = now - WEEK
    here = Sitting.objects.filter(unit__course=course, learner__in=class_, began_at__gt=since)
    handled = Handled.objects.filter(course=course, learner__in=class_, at__gt=since)
    open_ = set(here.values_list("learner", flat=True)) - set(seen)
    open_ -= set(handled.values_list("learner", flat=True))
    looks = Leaf.objects.filter(verb__in=("teacher.view", "share.ask"), at__gt=since)
    looked_at = {bytes(found) for found in looks.values_list("subject_ref", flat=True) if found}
    return list(_first(class_, open_, looked_at, now))


def _first(
    class_: Mapping[int, User], open_: Collection[int], looked_at: Collection[bytes], now: datetime
) -> Iterator[int]:
    """One name after the other is asked about, until there are enough: each costs a key."""
    named = 0
    for pk in sorted(open_, key=lambda pk: _turn(class_[pk], now)):
        if named == NAMED:
            return
        if person_ref(class_[pk].code) not in looked_at:
            named += 1
            yield pk


def _turn(user: User, now: datetime) -> bytes:
    return hashlib.sha256(f"{now:%Y-%m-%d}{user.code}".encode()).digest()
