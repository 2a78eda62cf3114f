"""Group equal consecutive estimates into runs, by day, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from consent.stream_labels import join_names
from estimates.label_names import name_of
from estimates.shared_estimates import SharedEstimate

# Estimates come every five seconds; a longer gap starts a new run.
SILENCE = timedelta(minutes=2)
REPORTED_TEXTS = {
    "interest": _("interested"),
    "boredom": _("bored"),
    "happiness": _("happy"),
    "confusion": _("confused"),
    "frustration": _("frustrated"),
    "distraction": _("distracted"),
    "anxiety": _("anxious"),
    "confidence": _("confident"),
    "neutral": _("neutral"),
    "none": _("none of these"),
}


@dataclass(frozen=True, slots=True)
class EstimateRun:
    """A run of `n` equal estimates; low and high are percentages.

    `kind`: guess, unsure or corrected.
    """

    kind: str
    begin: datetime
    end: datetime
    text: str
    low: int
    high: int
    n: int
    streams: str

    @property
    def label(self) -> str:
        """Return the label of the drawn range."""
        return gettext("{low} to {high}% likely").format(low=self.low, high=self.high)

    @property
    def width(self) -> int:
        return max(1, self.high - self.low)


@dataclass(frozen=True, slots=True)
class EstimateDay:
    day: date
    runs: tuple[EstimateRun, ...]


def group_runs_by_day(seen: Sequence[SharedEstimate]) -> tuple[EstimateDay, ...]:
    """Return the runs by day, newest first; `seen` is oldest first."""
    runs = [_make_run(stretch) for stretch in _split_runs(seen)]
    runs.reverse()
    by_day = groupby(runs, key=lambda run: timezone.localdate(run.begin))
    return tuple(EstimateDay(day, tuple(found)) for day, found in by_day)


def _split_runs(seen: Sequence[SharedEstimate]) -> list[list[SharedEstimate]]:
    found: list[list[SharedEstimate]] = []
    for estimate in seen:
        last = found[-1][-1] if found else None
        if last is not None and _continues(last, estimate):
            found[-1].append(estimate)
        else:
            found.append([estimate])
    return found


def _continues(last: SharedEstimate, estimate: SharedEstimate) -> bool:
    alike = (last.label, last.said) == (estimate.label, estimate.said)
    same_day = timezone.localdate(estimate.at) == timezone.localdate(last.at)
    return alike and same_day and estimate.at - last.at <= SILENCE


def _make_run(stretch: Sequence[SharedEstimate]) -> EstimateRun:
    first, n = stretch[0], len(stretch)
    return EstimateRun(
        kind="corrected" if first.said else "guess" if first.label else "unsure",
        begin=first.at,
        end=stretch[-1].at,
        text=str(REPORTED_TEXTS.get(first.said, first.said))
        if first.said
        else name_of(first.label),
        low=round(100 * sum(one.low for one in stretch) / n),
        high=round(100 * sum(one.high for one in stretch) / n),
        n=n,
        streams=join_names({name for one in stretch for name in one.streams}),
    )
