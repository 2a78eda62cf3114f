"""`/journey/`: the chosen weeks, one day, estimated mastery, and corrections of estimates."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access import current_user, require_role
from accounts.models import User
from consent.permits import gate
from courses.models import Response
from estimates import disputes, self_reports
from estimates.inference import personal_calibration
from estimates.models import AFFECT_LABELS
from estimates.registry import predictors
from estimates.self_reports import OpenedReport
from learner.journey import (
    behaviour_views,
    date_range,
    explanation_views,
    feed,
    offers,
    other_models,
)
from learner.journey import chart as journey_chart
from learner.journey import wearable as journey_wearable
from learner.journey import weeks as journey_weeks
from learner.journey.chart import ChartDay, JourneyChart
from learner.journey.date_range import WeekRange, midnight, monday_of, split_by_day
from learner.journey.feed import FeedItem, ReadableGuess
from learner.journey.wearable import WearableLine
from learner.journey.weeks import OfferCounts, WeekRow
from learner.mastery import by_course, by_week
from learner.mastery.by_course import CourseMastery
from learner.mastery.by_week import SkillWeeks
from learner.privacy import sharing_views
from telemetry.models import Sitting
from telemetry.sittings import LONGEST

MAX_CORRECTION = 720
NO_OFFERS = OfferCounts()
# After midnight, an estimate stays here while a class summary may still be made from it.
KEPT_OVER_MIDNIGHT = timedelta(hours=3)
CORRECTIONS = (
    ("INTEREST", noop("I was interested")),
    ("BOREDOM", noop("I was bored")),
    ("HAPPINESS", noop("I was happy")),
    ("CONFUSION", noop("I was confused")),
    ("FRUSTRATION", noop("I was frustrated")),
    ("DISTRACTION", noop("I was distracted")),
    ("ANXIETY", noop("I was anxious")),
    ("CONFIDENCE", noop("I was confident")),
    ("NEUTRAL", noop("I felt neutral")),
    ("NONE", noop("None of these")),
)


@dataclass(frozen=True, slots=True)
class Journey:
    """Everything that the page shows.

    `empty` is True if nothing has happened yet. `days` are the days to open, with their URLs.
    """

    lead: str
    span: WeekRange
    chart: JourneyChart
    weeks: tuple[WeekRow, ...]
    weekly_mastery: tuple[SkillWeeks, ...]
    day: date
    days: tuple[tuple[date, str], ...]
    items: tuple[FeedItem, ...]
    wearable: WearableLine | None
    mastery: tuple[CourseMastery, ...]
    agreed: tuple[bool, ...]
    drawn_by: int
    made_by: str
    empty: bool


@require_safe
@require_role("learner")
def journey(request: HttpRequest) -> HttpResponse:
    """Show these weeks with their newest day, or the one in `?day=`."""
    user, now = current_user(request), timezone.now()
    span = date_range.parse_range(request.GET.dict(), timezone.localdate(now))
    context = {
        "journey": build_journey(user, now=now, span=span, wanted=_parse_day(request.GET)),
        "choices": [(code, _(words)) for code, words in CORRECTIONS],
        "shares": sharing_views.load_shares(user, now=now),
        "wishes": offers.load_wishes(user, now=now),
    }
    return render(request, "learner/journey/journey.html", context)


@require_POST
@require_role("learner")
def correct(request: HttpRequest) -> HttpResponse:
    """`/journey/correct/`: correct estimates, or undo a correction."""
    user = current_user(request)
    now = timezone.now()
    try:
        ids = [UUID(text) for text in request.POST.get("ids", "").split(",")[:MAX_CORRECTION]]
        for estimate in ids:
            permit = gate.permit(user.code, "course", now=now)
            if "undo" in request.POST:
                disputes.undo(estimate, permit, now=now)
            else:
                disputes.dispute(estimate, request.POST.get("said", ""), permit, now=now)
    except ValueError:
        return HttpResponseBadRequest("Expected estimates and one of the words offered.")
    day = _parse_day(request.POST)
    return redirect(f"/journey/?day={day}#day" if day else "/journey/#day")


def build_journey(
    user: User, *, now: datetime, span: WeekRange | None = None, wanted: date | None = None
) -> Journey:
    span = span or date_range.parse_range({}, timezone.localdate(now))
    permit = gate.permit(user.code, "course", now=now)
    reports = [one for one in self_reports.reports_since(permit, span.begin) if one.at < span.end]
    samples = feed.load_samples(user, span.begin, span.end, now)
    offered = journey_weeks.count_offers(user, span)
    days = _load_days(user, span, reports, samples, offered)
    newest = max(days, default=min(timezone.localdate(now), span.last))
    day = wanted if wanted in days else newest
    return Journey(
        lead=_week_summary(user, now),
        span=span,
        chart=journey_chart.draw_chart(days, span),
        weeks=journey_weeks.build_table(
            span, days, reports, journey_weeks.count_answers(user, span), offered
        ),
        weekly_mastery=by_week.load_weekly_mastery(user, span, now=now),
        day=day,
        days=tuple((each, span.url_of_day(each)) for each in sorted(days, reverse=True)),
        items=_load_items(user, day, reports, is_newest=day == newest and span.is_now, now=now),
        wearable=journey_wearable.load_wearable_line(user, midnight(day), now),
        mastery=by_course.load_course_mastery(user, now=now),
        agreed=_compare_with_reports(reports, samples),
        drawn_by=personal_calibration.count_reports(user, now=now),
        made_by=predictors.shown_title(),
        empty=not days and not _has_begun(user),
    )


def _has_begun(user: User) -> bool:
    return (
        Sitting.objects.filter(learner=user).exists()
        or Response.objects.filter(learner=user).exists()
    )


def _load_items(
    user: User, day: date, reports: Sequence[OpenedReport], *, is_newest: bool, now: datetime
) -> tuple[FeedItem, ...]:
    begin, end = midnight(day), midnight(day) + timedelta(days=1)
    if is_newest:
        begin, end = min(begin, now - KEPT_OVER_MIDNIGHT), max(end, now + timedelta(days=1))
    guesses = feed.load_guesses(user, begin, end, now)
    others = other_models.load_other_guesses(user, begin, end, now)
    asked = explanation_views.load_explanations(user, begin, end, now)
    behaved = behaviour_views.load_behaviour_lines(user, begin, end, now)
    return feed.build_feed(user, midnight(day), reports, guesses, others, asked, behaved, now=now)


def _parse_day(query: QueryDict) -> date | None:
    try:
        return date.fromisoformat(query.get("day", ""))
    except ValueError:
        return None


def _load_days(
    user: User,
    span: WeekRange,
    reports: Sequence[OpenedReport],
    samples: Sequence[ReadableGuess],
    offered: Mapping[date, OfferCounts],
) -> dict[date, ChartDay]:
    minutes = _load_minutes(user, span.begin, span.end)
    words: dict[date, int] = defaultdict(int)
    for one in reports:
        words[timezone.localdate(one.at)] += 1
    guesses: dict[date, list[ReadableGuess]] = defaultdict(list)
    for sample in samples:
        guesses[timezone.localdate(sample.at)].append(sample)
    found = {
        day: _make_day(minutes.get(day, 0), words.get(day, 0), guesses.get(day, []))
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


def _load_minutes(user: User, begin: datetime, end: datetime) -> dict[date, int]:
    """Return the minutes a day, from opening a unit to its last activity.

    A Sitting over midnight counts on both days. Answers given without a page count as a day of
    activity, but add no time.
    """
    seconds: dict[date, float] = defaultdict(float)
    opened = Sitting.objects.filter(
        learner=user, began_at__gte=begin - LONGEST, began_at__lt=end, active_at__gte=begin
    )
    for began, active in opened.values_list("began_at", "active_at"):
        for day, spent in split_by_day(max(began, begin), min(active, end)):
            seconds[day] += spent
    answered = Response.objects.filter(learner=user, answered_at__gte=begin, answered_at__lt=end)
    for at in answered.values_list("answered_at", flat=True):
        seconds[timezone.localdate(at)] += 0.0
    return {day: round(total / 60) for day, total in seconds.items()}


def _make_day(minutes: int, reports: int, guesses: Sequence[ReadableGuess]) -> ChartDay:
    """Combine a day's estimates: the range is from the median low to the median high."""
    sure = [guess for guess in guesses if guess.label in ("interest", "happiness")]
    if not sure:
        return ChartDay(
            minutes, reports, unsure=bool(guesses) and not any(g.label for g in guesses)
        )
    lows, highs = sorted(guess.low for guess in sure), sorted(guess.high for guess in sure)
    return ChartDay(minutes, reports, lows[len(lows) // 2], highs[len(highs) // 2])


def _week_summary(user: User, now: datetime) -> str:
    monday = midnight(monday_of(timezone.localdate(now)))
    minutes = sum(_load_minutes(user, monday, now).values())
    answers = Response.objects.filter(learner=user, answered_at__gte=monday).count()
    time = ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes)
    if minutes >= 60:
        time = _("{hours} h {minutes} min").format(hours=minutes // 60, minutes=minutes % 60)
    sentence = ngettext(
        "This week: {time}, {n} answer.", "This week: {time}, {n} answers.", answers
    )
    return sentence.format(time=time, n=answers)


def _compare_with_reports(
    reports: Iterable[OpenedReport], samples: Sequence[ReadableGuess]
) -> tuple[bool, ...]:
    """For each reported feeling, return whether the nearest estimate agreed."""
    # A word that no Predictor gives cannot agree with an estimate.
    feelings = [one for one in reports if one.label.upper() in AFFECT_LABELS]
    near = timedelta(minutes=2)
    outcomes = []
    for one in feelings:
        close = [g for g in samples if g.label and abs(g.at - one.at) <= near]
        if close:
            nearest = min(close, key=lambda guess: abs(guess.at - one.at))
            outcomes.append(nearest.label == one.label)
    return tuple(sorted(outcomes, reverse=True))
