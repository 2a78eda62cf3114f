"""The weeks of a journey as a table: what was done, what was said, what was guessed, what came of
it."""

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
from estimates.self_reports import Said
from learner.journey.chart import Day
from learner.journey.date_range import Range, monday_of
from learner.journey.self_reports import WORDS, word_of

TAKEN = ("accepted",)
ASIDE = ("later", "never")


@dataclass(frozen=True, slots=True)
class Row:
    """One line: where it comes from (course, self, sensed), what it is, one value a week."""

    source: str
    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offered:
    """The offers of one day: how many were shown, taken, put aside."""

    shown: int = 0
    taken: int = 0
    aside: int = 0


def offers(user: User, span: Range) -> dict[date, Offered]:
    rows = Intervention.objects.filter(
        learner=user, delivered=True, decided_at__gte=span.begin, decided_at__lt=span.end
    )
    counted = (
        rows.annotate(day=TruncDate("decided_at"))
        .order_by()
        .values_list("day")
        .annotate(
            Count("id"),
            taken=Count("id", filter=Q(outcome__in=TAKEN)),
            aside=Count("id", filter=Q(outcome__in=ASIDE)),
        )
    )
    return {day: Offered(*counts) for day, *counts in counted}


def answers(user: User, span: Range) -> dict[date, tuple[int, int]]:
    """How many answers a day, and how many of them right."""
    rows = Response.objects.filter(
        learner=user, answered_at__gte=span.begin, answered_at__lt=span.end
    )
    counted = rows.annotate(day=TruncDate("answered_at")).order_by().values_list("day")
    found = counted.annotate(Count("id"), right=Count("id", filter=Q(correct=True)))
    return {day: (all_, right) for day, all_, right in found}


def table(
    span: Range,
    days: Mapping[date, Day],
    said: Sequence[Said],
    answered: Mapping[date, tuple[int, int]],
    offered: Mapping[date, Offered],
) -> tuple[Row, ...]:
    """A word that was never said in these weeks has no line; what was not sensed says so."""

    def each(source: str, name: str, value: Callable[[Sequence[date]], str]) -> Row:
        weeks = ([monday + timedelta(days=n) for n in range(7)] for monday in span.mondays)
        return Row(source, name, tuple(value(week) for week in weeks))

    def total(name: str, counts: Mapping[date, int]) -> Row:
        return each("course", name, lambda week: str(sum(counts.get(day, 0) for day in week)))

    words = Counter((monday_of(timezone.localdate(one.at)), one.label) for one in said)
    labels = [label for label in WORDS if any(key[1] == label for key in words)]
    return (
        total(_("Minutes"), {day: figures.minutes for day, figures in days.items()}),
        total(_("Answers"), {day: all_ for day, (all_, _) in answered.items()}),
        total(_("Correct answers"), {day: right for day, (_, right) in answered.items()}),
        *(
            Row("self", word_of(label), tuple(str(words[day, label]) for day in span.mondays))
            for label in labels
        ),
        each("sensed", _("Interest or enjoyment, estimated"), lambda week: _guess(days, week)),
        total(_("Suggestions"), {day: each.shown for day, each in offered.items()}),
        total(_("Suggestions accepted"), {day: each.taken for day, each in offered.items()}),
        total(_("Suggestions dismissed"), {day: each.aside for day, each in offered.items()}),
    )


def _guess(days: Mapping[date, Day], week: Sequence[date]) -> str:
    """From the middle of the lows of its days to the middle of their highs."""
    found = [days[day] for day in week if day in days]
    sure = [(day.low, day.high) for day in found if day.low is not None and day.high is not None]
    if not sure:
        if any(day.unsure for day in found):
            return _("not sure")
        return pgettext("a guess of a week", "none")
    lows, highs = sorted(low for low, _ in sure), sorted(high for _, high in sure)
    return format_percent_range(100 * lows[len(lows) // 2], 100 * highs[len(highs) // 2])
