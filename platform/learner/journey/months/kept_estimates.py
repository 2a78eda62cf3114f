"""Estimated feelings of each month, as long as they are kept: minutes by the likeliest label."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from consent.legal_profiles import profiles
from courses.percent_text import format_percent
from estimates.models import AffectEstimate
from learner.journey import feed, other_models
from learner.journey.date_range import midnight
from learner.journey.months.month_range import MonthRange, month_of, shift_month
from privacy.retention import retention_classes


@dataclass(frozen=True, slots=True)
class LabelMinutes:
    """The minutes whose likeliest label was this one; "" = not sure."""

    label: str
    minutes: int
    share: float

    @property
    def name(self) -> str:
        return other_models.feeling_of(self.label.upper()) if self.label else _("not sure")

    @property
    def percent(self) -> str:
        return format_percent(100 * self.share)


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


def load_label_minutes(
    user: User, span: MonthRange, *, now: datetime
) -> dict[date, tuple[LabelMinutes, ...]]:
    """Return the months with a readable estimate, the longest label first and "not sure" last."""
    minutes: dict[date, Counter[str]] = defaultdict(Counter)
    for sample in feed.load_samples(user, span.begin, span.end, now):
        minutes[month_of(timezone.localdate(sample.at))][sample.label] += 1
    return {month: tuple(_list_minutes(counts)) for month, counts in minutes.items()}


def _list_minutes(counts: Counter[str]) -> list[LabelMinutes]:
    ordered = sorted(counts, key=lambda label: (not label, -counts[label], label))
    return [LabelMinutes(label, counts[label], counts[label] / counts.total()) for label in ordered]
