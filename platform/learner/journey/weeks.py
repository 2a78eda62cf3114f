"""The weeks of a journey as a table: activity, self-reports, estimates and offers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import User
from adaptation.models import Intervention
from courses.models import Response
from courses.percent_text import format_percent_range
from estimates.self_reports import OpenedReport
from learner.journey.chart import ChartDay
from learner.journey.date_range import WeekRange, monday_of
from learner.journey.self_reports import WORDS, report_word

ACCEPTED = ("accepted",)
DISMISSED = ("later", "never")


@dataclass(frozen=True, slots=True)
class WeekRow:
    """One row: its source (course, self, sensed), its name and one value per week."""

    source: str
    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfferCounts:
    """The offers of one day: shown, accepted and dismissed."""

    shown: int = 0
    taken: int = 0
    aside: int = 0


def count_offers(user: User, span: WeekRange) -> dict[date, OfferCounts]:
    rows = Intervention.objects.filter(
        learner=user, delivered=True, decided_at__gte=span.begin, decided_at__lt=span.end
    )
    counted = (
        rows.annotate(day=TruncDate("decided_at"))
        .order_by()
        .values_list("day")
        .annotate(
            Count("id"),
            taken=Count("id", filter=Q(outcome__in=ACCEPTED)),
            aside=Count("id", filter=Q(outcome__in=DISMISSED)),
        )
    )
    return {day: OfferCounts(*counts) for day, *counts in counted}


def count_answers(user: User, span: WeekRange) -> dict[date, tuple[int, int]]:
    """Return the number of answers and of correct ones for each day."""
    rows = Response.objects.filter(
        learner=user, answered_at__gte=span.begin, answered_at__lt=span.end
    )
    counted = rows.annotate(day=TruncDate("answered_at")).order_by().values_list("day")
    found = counted.annotate(Count("id"), right=Count("id", filter=Q(correct=True)))
    return {day: (all_, right) for day, all_, right in found}


def build_table(
    span: WeekRange,
    days: Mapping[date, ChartDay],
    reports: Sequence[OpenedReport],
    answered: Mapping[date, tuple[int, int]],
    offered: Mapping[date, OfferCounts],
) -> tuple[WeekRow, ...]:
    """Build the rows. A label never reported has no row; weeks not sensed say so."""

    def each(source: str, name: str, value: Callable[[Sequence[date]], str]) -> WeekRow:
        weeks = ([monday + timedelta(days=n) for n in range(7)] for monday in span.mondays)
        return WeekRow(source, name, tuple(value(week) for week in weeks))

    def total(name: str, counts: Mapping[date, int]) -> WeekRow:
        return each("course", name, lambda week: str(sum(counts.get(day, 0) for day in week)))

    words = Counter((monday_of(timezone.localdate(one.at)), one.label) for one in reports)
    labels = [label for label in WORDS if any(key[1] == label for key in words)]
    return (
        total(_("Minutes"), {day: figures.minutes for day, figures in days.items()}),
        total(_("Answers"), {day: all_ for day, (all_, _) in answered.items()}),
        total(_("Correct answers"), {day: right for day, (_, right) in answered.items()}),
        *(
            WeekRow(
                "self", report_word(label), tuple(str(words[day, label]) for day in span.mondays)
            )
            for label in labels
        ),
        each(
            "sensed", _("Interest or enjoyment, estimated"), lambda week: _guess_range(days, week)
        ),
        total(_("Suggestions"), {day: each.shown for day, each in offered.items()}),
        total(_("Suggestions accepted"), {day: each.taken for day, each in offered.items()}),
        total(_("Suggestions dismissed"), {day: each.aside for day, each in offered.items()}),
    )


def _guess_range(days: Mapping[date, ChartDay], week: Sequence[date]) -> str:
    """Return the range from the median low to the median high of the week's days."""
    found = [days[day] for day in week if day in days]
    sure = [(day.low, day.high) for day in found if day.low is not None and day.high is not None]
    if not sure:
        if any(day.unsure for day in found):
            return _("not sure")
        return pgettext("a guess of a week", "none")
    lows, highs = sorted(low for low, _ in sure), sorted(high for _, high in sure)
    return format_percent_range(100 * lows[len(lows) // 2], 100 * highs[len(highs) // 2])
