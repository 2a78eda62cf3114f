"""Guesses that stayed the same for a while, told as one line each, day by day, newest first."""

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
from estimates.shared_view import SharedEstimate

# Guesses come every five seconds; after a longer silence another stretch begins.
SILENCE = timedelta(minutes=2)
SAID = {
    "interest": _("interested"),
    "boredom": _("bored"),
    "happiness": _("happy"),
    "confusion": _("confused"),
    "frustration": _("frustrated"),
    "distraction": _("distracted"),
    "none": _("none of these"),
}


@dataclass(frozen=True, slots=True)
class Run:
    """`kind`: guess, unsure or corrected. Low and width in percent; `n` guesses lie behind it."""

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
        """What the drawn band says."""
        return gettext("{low} to {high}% likely").format(low=self.low, high=self.high)

    @property
    def width(self) -> int:
        return max(1, self.high - self.low)


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    runs: tuple[Run, ...]


def days_of(seen: Sequence[SharedEstimate]) -> tuple[Day, ...]:
    """From what was seen, oldest first."""
    runs = [_run(stretch) for stretch in _stretches(seen)]
    runs.reverse()
    by_day = groupby(runs, key=lambda run: timezone.localdate(run.begin))
    return tuple(Day(day, tuple(found)) for day, found in by_day)


def _stretches(seen: Sequence[SharedEstimate]) -> list[list[SharedEstimate]]:
    found: list[list[SharedEstimate]] = []
    for one in seen:
        last = found[-1][-1] if found else None
        if last is not None and _same(last, one):
            found[-1].append(one)
        else:
            found.append([one])
    return found


def _same(last: SharedEstimate, one: SharedEstimate) -> bool:
    alike = (last.label, last.said) == (one.label, one.said)
    same_day = timezone.localdate(one.at) == timezone.localdate(last.at)
    return alike and same_day and one.at - last.at <= SILENCE


def _run(stretch: Sequence[SharedEstimate]) -> Run:
    first, n = stretch[0], len(stretch)
    return Run(
        kind="corrected" if first.said else "guess" if first.label else "unsure",
        begin=first.at,
        end=stretch[-1].at,
        text=str(SAID.get(first.said, first.said)) if first.said else name_of(first.label),
        low=round(100 * sum(one.low for one in stretch) / n),
        high=round(100 * sum(one.high for one in stretch) / n),
        n=n,
        streams=join_names({name for one in stretch for name in one.streams}),
    )
