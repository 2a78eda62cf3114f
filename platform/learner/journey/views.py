"""`/journey/`: chosen weeks, one day, what one probably knows; and correcting a guess."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Mod
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access import require_role
from accounts.models import User
from consent.permits import gate
from courses.models import Response
from estimates import disputes, self_reports
from estimates.inference import personal_calibration
from estimates.models import AffectEstimate
from estimates.registry import predictors
from estimates.self_reports import OpenedReport
from learner.courses.views import person
from learner.journey import chart as journey_chart
from learner.journey import date_range, explanation_views, feed, offers, other_models
from learner.journey import wearable as journey_wearable
from learner.journey import weeks as journey_weeks
from learner.journey.chart import Chart, Day
from learner.journey.date_range import Range, midnight, monday_of
from learner.journey.feed import Guessed, Item
from learner.journey.wearable import Line
from learner.journey.weeks import Offered, Row
from learner.mastery import by_course, by_week
from learner.mastery.by_course import Knowing
from learner.mastery.by_week import Line as Over
from learner.privacy import sharing_views
from telemetry.models import Sitting

ONE_A_MINUTE = 12
MOST_SAMPLES = 2000
LONGEST_CORRECTION = 720
NO_OFFERS = Offered()
# A guess stays here over midnight for as long as a class picture may still be made of it.
STILL_THERE = timedelta(hours=3)
CHOICES = (
    ("INTEREST", noop("I was interested")),
    ("BOREDOM", noop("I was bored")),
    ("HAPPINESS", noop("I was happy")),
    ("CONFUSION", noop("I was confused")),
    ("FRUSTRATION", noop("I was frustrated")),
    ("DISTRACTION", noop("I was distracted")),
    ("NONE", noop("None of these")),
)


@dataclass(frozen=True, slots=True)
class Journey:
    """All that the page shows; `empty` = nothing has happened yet. `days` = those one can open,
    with their addresses."""

    lead: str
    span: Range
    chart: Chart
    weeks: tuple[Row, ...]
    knew: tuple[Over, ...]
    day: date
    days: tuple[tuple[date, str], ...]
    items: tuple[Item, ...]
    wearable: Line | None
    knowing: tuple[Knowing, ...]
    agreed: tuple[bool, ...]
    drawn_by: int
    made_by: str
    empty: bool


@require_safe
@require_role("learner")
def journey(request: HttpRequest) -> HttpResponse:
    """The newest day of these weeks, or with `?day=` another one."""
    user, now = person(request), timezone.now()
    span = date_range.wanted(request.GET.dict(), timezone.localdate(now))
    context = {
        "journey": journey_of(user, now=now, span=span, wanted=_day_in(request.GET)),
        "choices": [(code, _(words)) for code, words in CHOICES],
        "shares": sharing_views.of(user, now=now),
        "wishes": offers.wishes(user, now=now),
    }
    return render(request, "learner/journey/journey.html", context)


@require_POST
@require_role("learner")
def correct(request: HttpRequest) -> HttpResponse:
    """`/journey/correct/`: one's own word in place of a guess, or taking that word back."""
    user = person(request)
    now = timezone.now()
    try:
        ids = [UUID(text) for text in request.POST.get("ids", "").split(",")[:LONGEST_CORRECTION]]
        for estimate in ids:
            permit = gate.permit(user.code, "course", now=now)
            if "undo" in request.POST:
                disputes.undo(estimate, permit, now=now)
            else:
                disputes.dispute(estimate, request.POST.get("said", ""), permit, now=now)
    except ValueError:
        return HttpResponseBadRequest("Expected estimates and one of the words offered.")
    day = _day_in(request.POST)
    return redirect(f"/journey/?day={day}#day" if day else "/journey/#day")


def journey_of(
    user: User, *, now: datetime, span: Range | None = None, wanted: date | None = None
) -> Journey:
    span = span or date_range.wanted({}, timezone.localdate(now))
    permit = gate.permit(user.code, "course", now=now)
    said = [one for one in self_reports.reports_since(permit, span.begin) if one.at < span.end]
    samples, offered = _samples(user, span, now), journey_weeks.offers(user, span)
    days = _days(user, span, said, samples, offered)
    newest = max(days, default=min(timezone.localdate(now), span.last))
    day = wanted if wanted in days else newest
    return Journey(
        lead=_lead(user, now),
        span=span,
        chart=journey_chart.draw(days, span),
        weeks=journey_weeks.table(span, days, said, journey_weeks.answers(user, span), offered),
        knew=by_week.of_weeks(user, span, now=now),
        day=day,
        days=tuple((each, span.at(each)) for each in sorted(days, reverse=True)),
        items=_items(user, day, said, is_newest=day == newest and span.is_now, now=now),
        wearable=journey_wearable.of_day(user, midnight(day), now),
        knowing=by_course.of(user, now=now),
        agreed=_agreed(said, samples),
        drawn_by=personal_calibration.count_reports(user, now=now),
        made_by=predictors.shown_title(),
        empty=not days and not _is_begun(user),
    )


def _is_begun(user: User) -> bool:
    return (
        Sitting.objects.filter(learner=user).exists()
        or Response.objects.filter(learner=user).exists()
    )


def _items(
    user: User, day: date, said: Sequence[OpenedReport], *, is_newest: bool, now: datetime
) -> tuple[Item, ...]:
    begin, end = midnight(day), midnight(day) + timedelta(days=1)
    if is_newest:
        begin, end = min(begin, now - STILL_THERE), max(end, now + timedelta(days=1))
    guesses = feed.guesses_of(user, begin, end, now)
    beside = other_models.of_day(user, begin, end, now)
    asked = explanation_views.of_day(user, begin, end, now)
    return feed.of_day(user, midnight(day), said, guesses, beside, asked, now=now)


def _day_in(asked: QueryDict) -> date | None:
    try:
        return date.fromisoformat(asked.get("day", ""))
    except ValueError:
        return None


def _samples(user: User, span: Range, now: datetime) -> list[Guessed]:
    """One guess a minute is enough for a picture of weeks."""
    rows = (
        AffectEstimate.objects.filter(
            learner=user,
            made_at__gte=span.begin,
            made_at__lt=span.end,
            predictor__kind=predictors.SHOWN_KIND,
        )
        .exclude(status__in=["late", "disputed"])
        .annotate(turn=Mod(F("cut"), ONE_A_MINUTE))
        .filter(turn=0)
        .order_by("-made_at")[:MOST_SAMPLES]
    )
    return list(feed.opened(user, rows, now))


def _days(
    user: User,
    span: Range,
    said: Sequence[OpenedReport],
    samples: Sequence[Guessed],
    offered: Mapping[date, Offered],
) -> dict[date, Day]:
    minutes = _minutes(user, span.begin, span.end)
    words: dict[date, int] = defaultdict(int)
    for one in said:
        words[timezone.localdate(one.at)] += 1
    guesses: dict[date, list[Guessed]] = defaultdict(list)
    for sample in samples:
        guesses[timezone.localdate(sample.at)].append(sample)
    found = {
        day: _day(minutes.get(day, 0), words.get(day, 0), guesses.get(day, []))
        for day in {*minutes, *words, *guesses, *offered}
    }
    return {
        day: replace(
            figures,
            offered=offered.get(day, NO_OFFERS).shown,
            taken=offered.get(day, NO_OFFERS).taken,
        )
        for day, figures in found.items()
    }


def _minutes(user: User, begin: datetime, end: datetime) -> dict[date, int]:
    """From opening a unit to the last sign of life in it; what was answered without a page counts
    as a day, not as time."""
    seconds: dict[date, float] = defaultdict(float)
    for row in Sitting.objects.filter(learner=user, began_at__gte=begin, began_at__lt=end):
        seconds[timezone.localdate(row.began_at)] += max(
            0.0, (row.active_at - row.began_at).total_seconds()
        )
    answered = Response.objects.filter(learner=user, answered_at__gte=begin, answered_at__lt=end)
    for at in answered.values_list("answered_at", flat=True):
        seconds[timezone.localdate(at)] += 0.0
    return {day: round(total / 60) for day, total in seconds.items()}


def _day(minutes: int, said: int, guesses: Sequence[Guessed]) -> Day:
    """The range of a day = the middle of its lows to the middle of its highs."""
    sure = [guess for guess in guesses if guess.label in ("interest", "happiness")]
    if not sure:
        return Day(minutes, said, unsure=bool(guesses) and not any(g.label for g in guesses))
    lows, highs = sorted(guess.low for guess in sure), sorted(guess.high for guess in sure)
    return Day(minutes, said, lows[len(lows) // 2], highs[len(highs) // 2])


def _lead(user: User, now: datetime) -> str:
    monday = midnight(monday_of(timezone.localdate(now)))
    minutes = sum(_minutes(user, monday, now).values())
    answers = Response.objects.filter(learner=user, answered_at__gte=monday).count()
    time = ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes)
    if minutes >= 60:
        time = _("{hours} h {minutes} min").format(hours=minutes // 60, minutes=minutes % 60)
    told = ngettext("This week: {time}, {n} answer.", "This week: {time}, {n} answers.", answers)
    return told.format(time=time, n=answers)


def _agreed(said: Iterable[OpenedReport], samples: Sequence[Guessed]) -> tuple[bool, ...]:
    """For each feeling that was named, whether the guess nearest in time said the same."""
    feelings = [one for one in said if one.label and one.label not in self_reports.ACTS]
    near = timedelta(minutes=2)
    outcomes = []
    for one in feelings:
        close = [g for g in samples if g.label and abs(g.at - one.at) <= near]
        if close:
            nearest = min(close, key=lambda guess: abs(guess.at - one.at))
            outcomes.append(nearest.label == one.label)
    return tuple(sorted(outcomes, reverse=True))
