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

LOOK_BACK: Final = timedelta(days=7)
MAX_ESTIMATES: Final = 4320


@dataclass(frozen=True, slots=True)
class SharedEstimate:
    """One estimate: likeliest label, low and high; "" = abstained, or corrected to `said`."""

    at: datetime
    label: str
    low: float
    high: float
    said: str
    streams: tuple[str, ...]


def read_shared(
    course: Course,
    learner: User,
    streams: Collection[str],
    permits: Mapping[str, Permit],
    *,
    now: datetime,
) -> list[SharedEstimate]:
    """Return the estimates of the last seven days in this course, oldest first."""
    rows = AffectEstimate.objects.filter(
        learner=learner,
        sitting__unit__course=course,
        made_at__gt=now - LOOK_BACK,
        made_at__lte=now,
        predictor__kind=predictors.SHOWN_KIND,
        scopes__contained_by=[f"{stream}:adapt" for stream in streams],
    )
    found = (
        rows.exclude(status="late").select_related("dispute").order_by("-made_at")[:MAX_ESTIMATES]
    )
    return list(_open_each(reversed(list(found)), permits))


def _open_each(
    rows: Iterator[AffectEstimate], permits: Mapping[str, Permit]
) -> Iterator[SharedEstimate]:
    for row in rows:
        try:
            yield (
                _read_dispute(row, permits)
                if row.status == "disputed"
                else _read_estimate(row, permits)
            )
        except (KeyError, KeyDestroyed):
            continue


def _read_estimate(row: AffectEstimate, permits: Mapping[str, Permit]) -> SharedEstimate:
    guess = affect.read(row, permits)
    label, low, high = guess.likeliest
    return SharedEstimate(
        row.made_at, label.lower(), low, high, "", (*guess.streams, *guess.context)
    )


def _read_dispute(row: AffectEstimate, permits: Mapping[str, Permit]) -> SharedEstimate:
    said = disputes.read_label(row.dispute, permits["course"]).lower()
    streams = tuple(scope.partition(":")[0] for scope in row.scopes)
    return SharedEstimate(row.made_at, "", 0, 0, said, streams)
