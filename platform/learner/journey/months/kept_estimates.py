"""Estimated feelings and behaviour of each month, as long as they are kept: one a minute."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from consent.legal_profiles import profiles
from courses.percent_text import format_percent
from estimates.models import AffectEstimate
from learner.journey import behaviour_views, feed, other_models
from learner.journey.date_range import midnight
from learner.journey.months.month_range import MonthRange, month_of, shift_month
from privacy.retention import retention_classes


@dataclass(frozen=True, slots=True)
class EstimatedMinutes:
    """The minutes whose likeliest feeling, or whose state, was this one; "" = not sure."""

    label: str
    minutes: int
    share: float

    @property
    def name(self) -> str:
        if self.label in behaviour_views.STATE_NAMES:
            return _(behaviour_views.STATE_NAMES[self.label])
        return other_models.feeling_of(self.label.upper())

    @property
    def percent(self) -> str:
        return format_percent(100 * self.share)


@dataclass(frozen=True, slots=True)
class KeptEstimates:
    """The estimates of one month that may still be read, one a minute."""

    feelings: tuple[EstimatedMinutes, ...] = ()
    behaviour: tuple[EstimatedMinutes, ...] = ()


@dataclass(frozen=True, slots=True)
class EstimateRetention:
    """How long estimates are kept: `days`, so that none is older than `since`."""

    days: int
    since: datetime

    def covers_none_of(self, first: date) -> bool:
        """Return whether every estimate of this month is past its period."""
        return midnight(shift_month(first, 1)) <= self.since

    def covers_part_of(self, first: date) -> bool:
        """Return whether estimates of the beginning of this month are past their period."""
        return midnight(first) < self.since < midnight(shift_month(first, 1))


def find_retention(*, now: datetime) -> EstimateRetention:
    """Return the period of the legal profile in force, or else that of the table."""
    classes = retention_classes.in_force(profiles.current(now=now))
    kept = next(each.kept for each in classes if each.holding.model is AffectEstimate)
    return EstimateRetention(kept // timedelta(days=1), now - kept)


def load_kept_estimates(
    user: User, span: MonthRange, *, now: datetime
) -> dict[date, KeptEstimates]:
    """Return the months with a readable estimate, by their first day."""
    samples = feed.load_samples(user, span.begin, span.end, now)
    feelings = _count_minutes((each.at, each.label) for each in samples)
    behaviour = _count_minutes(behaviour_views.load_samples(user, span.begin, span.end, now))
    return {
        month: KeptEstimates(feelings.get(month, ()), behaviour.get(month, ()))
        for month in {*feelings, *behaviour}
    }


def are_limited(found: Sequence[KeptEstimates]) -> bool:
    """Return whether these are as many minutes as are read at most, so that some may be missing."""
    read = (
        sum(each.minutes for one in found for each in one.feelings),
        sum(each.minutes for one in found for each in one.behaviour),
    )
    return max(read) >= behaviour_views.MAX_SAMPLES


def _count_minutes(
    samples: Iterable[tuple[datetime, str]],
) -> dict[date, tuple[EstimatedMinutes, ...]]:
    """Count samples by month and label, the commonest first and "not sure" last."""
    minutes: dict[date, Counter[str]] = defaultdict(Counter)
    for at, label in samples:
        minutes[month_of(timezone.localdate(at))][label] += 1
    return {month: tuple(_list_minutes(counts)) for month, counts in minutes.items()}


def _list_minutes(counts: Counter[str]) -> Iterator[EstimatedMinutes]:
    for label in sorted(counts, key=lambda each: (not each, -counts[each], each)):
        yield EstimatedMinutes(label, counts[label], counts[label] / counts.total())
