"""What a Teacher reads under a Share: each estimate with the same range its Learner sees.

A corrected estimate is never opened here; the Learner's own label replaces it (I-18). Estimates
from a stream outside the Share, or too late for the Learner to see, are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from accounts.models import User
from consent.permits.gate import Permit
from courses.models import Course
from estimates import disputes
from estimates.inference import affect
from estimates.models import AffectEstimate
from estimates.registry import predictors
from vault.errors import KeyDestroyed

BACK: Final = timedelta(days=7)
MOST: Final = 4320


@dataclass(frozen=True, slots=True)
class Seen:
    """One estimate: likeliest label, low and high; "" = abstained, or corrected to `said`."""

    at: datetime
    label: str
    low: float
    high: float
    said: str
    streams: tuple[str, ...]


def seen(
    course: Course,
    learner: User,
    streams: Collection[str],
    permits: Mapping[str, Permit],
    *,
    now: datetime,
) -> list[Seen]:
    """Return the estimates of the last seven days in this course, oldest first."""
    rows = AffectEstimate.objects.filter(
        learner=learner,
        sitting__unit__course=course,
        made_at__gt=now - BACK,
        made_at__lte=now,
        predictor__kind=predictors.SHOWN,
        scopes__contained_by=[f"{stream}:adapt" for stream in streams],
    )
    found = rows.exclude(status="late").select_related("dispute").order_by("-made_at")[:MOST]
    return list(_opened(reversed(list(found)), permits))


def _opened(rows: Iterator[AffectEstimate], permits: Mapping[str, Permit]) -> Iterator[Seen]:
    for row in rows:
        try:
            yield _corrected(row, permits) if row.status == "disputed" else _guessed(row, permits)
        except (KeyError, KeyDestroyed):
            continue


def _guessed(row: AffectEstimate, permits: Mapping[str, Permit]) -> Seen:
    guess = affect.read(row, permits)
    label, low, high = guess.likeliest
    return Seen(row.made_at, label.lower(), low, high, "", tuple(guess.streams))


def _corrected(row: AffectEstimate, permits: Mapping[str, Permit]) -> Seen:
    said = disputes.said_of(row.dispute, permits["course"]).lower()
    streams = tuple(scope.partition(":")[0] for scope in row.scopes)
    return Seen(row.made_at, "", 0, 0, said, streams)
