"""The row of one publication: locked while it is counted, closed once, with noise of its own."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max

from courses.models import Course
from estimates.group_figures.noise import Noise, sticky_noise
from estimates.models import Dispute, DisputedSitting, Publication
from estimates.models.group_figures import TEACH
from vault import site_keys

QUARTER: Final = timedelta(minutes=15)
# Windows of a time span arrive up to this much later.
GRACE: Final = timedelta(seconds=60)


def is_old(made: Publication, now: datetime, recount: timedelta) -> bool:
    """Return whether an open Publication was last counted `recount` ago or earlier."""
    return made.at is None and (made.counted_at is None or now - made.counted_at >= recount)


def lock_publication(
    course: Course, quarter: datetime, *, since: datetime | None = None, audience: str = TEACH
) -> Publication:
    """Lock the Publication of the quarter, or of the time from `since` to it; create it first."""
    made, _ = Publication.objects.get_or_create(
        course=course, quarter=quarter, since=since, audience=audience
    )
    return Publication.objects.select_for_update().get(pk=made.pk)


def find_last_dispute(kind: str) -> int:
    table = Dispute.objects if kind == "affect" else DisputedSitting.objects
    return table.aggregate(last=Max("id"))["last"] or 0


def draw_noise(name: str, people: Collection[int]) -> Noise:
    """Return the noise of the cell with this name and these real people."""
    return sticky_noise(site_keys.picture_secret(), name, people)
