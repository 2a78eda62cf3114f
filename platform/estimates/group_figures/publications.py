"""The row of one publication: locked while it is counted, closed once, with noise of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Max

from courses.models import Course
from estimates.group_figures.noise import Noise, sticky_noise
from estimates.group_figures.proportions import Floor
from estimates.models import Dispute, DisputedSitting, Publication
from estimates.models.group_figures import TEACH
from vault import site_keys

logger = logging.getLogger(__name__)
QUARTER: Final = timedelta(minutes=15)
# Windows of a time span arrive up to this much later.
GRACE: Final = timedelta(seconds=60)
# Stores the cells of a locked Publication, as counted at this time.
Count = Callable[[Publication, Floor, datetime], None]


@dataclass(frozen=True, slots=True)
class Span:
    """What one Publication covers: a quarter of a course, or the time from `since` to its end."""

    course: Course
    quarter: datetime
    since: datetime | None = None
    audience: str = TEACH

    def find(self) -> Publication | None:
        return Publication.objects.filter(
            course=self.course, quarter=self.quarter, since=self.since, audience=self.audience
        ).first()

    def lock(self) -> Publication:
        """Lock its Publication; create it first."""
        made, _ = Publication.objects.get_or_create(
            course=self.course, quarter=self.quarter, since=self.since, audience=self.audience
        )
        return Publication.objects.select_for_update().get(pk=made.pk)


def refresh(
    span: Span, count: Count, floor: Floor, now: datetime, recount: timedelta
) -> Publication:
    """Return the Publication; count it again if it is open and was counted `recount` ago."""
    made = span.find()
    if made is not None and not _is_old(made, now, recount):
        return made
    return _recount(span, count, floor, now, recount)


def _is_old(made: Publication, now: datetime, recount: timedelta) -> bool:
    return made.at is None and (made.counted_at is None or now - made.counted_at >= recount)


@transaction.atomic
def _recount(
    span: Span, count: Count, floor: Floor, now: datetime, recount: timedelta
) -> Publication:
    """Count the Publication if it is still out of date once the row is locked."""
    made = span.lock()
    if _is_old(made, now, recount):
        made.counted_at = now
        made.save(update_fields=["counted_at"])
        count(made, floor, now)
    return made


def publish_or_log(span: Span, count: Count, floor: Floor, now: datetime, event: str) -> bool:
    """Publish, or log `event` and leave the Publication for the next sweep."""
    try:
        return publish(span, count, floor, now)
    except Exception:
        logger.exception(event)
        return False


@transaction.atomic
def publish(span: Span, count: Count, floor: Floor, now: datetime) -> bool:
    """Close the Publication and count it; return False if it is closed already."""
    made = span.lock()
    if made.at is not None:
        return False
    made.at = made.counted_at = now
    made.save(update_fields=["counted_at", "at"])
    count(made, floor, now)
    return True


def find_last_dispute(kind: str) -> int:
    table = Dispute.objects if kind == "affect" else DisputedSitting.objects
    return table.aggregate(last=Max("id"))["last"] or 0


def draw_noise(name: str, people: Collection[int]) -> Noise:
    """Return the noise of the cell with this name and these real people."""
    return sticky_noise(site_keys.picture_secret(), name, people)
