"""`/journey/`: four weeks, the last day, what one probably knows; and correcting a guess."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from django.db.models import F
from django.db.models.functions import Mod
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import require_role
from accounts.models import User
from classroom import (
    journey_chart,
    journey_feed,
    journey_offers,
    journey_others,
    journey_why,
    shares,
)
from classroom.courses import person
from classroom.journey_chart import Chart, Day
from classroom.journey_feed import Guessed, Item
from classroom.knowledge import Bar, bars
from consent import gate
from courses.access import courses_visible_to
from courses.models import Response, Skill
from estimates import disputes, predictors, reports
from estimates.models import AffectEstimate
from estimates.reports import Said
from telemetry.models import Sitting

ONE_A_MINUTE = 12
MOST_SAMPLES = 2000
LONGEST_CORRECTION = 720
# A guess stays here over midnight for as long as a class picture may still be made of it.
STILL_THERE = timedelta(hours=3)
CHOICES = (
    ("INTEREST", "I was interested"),
    ("BOREDOM", "I was bored"),
    ("HAPPINESS", "I was happy"),
    ("CONFUSION", "I was confused"),
    ("FRUSTRATION", "I was frustrated"),
    ("DISTRACTION", "I was distracted"),
    ("NONE", "None of these"),
)


@dataclass(frozen=True, slots=True)
class Knowing:
    course: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Journey:
    """All that the page shows; `empty` = nothing has happened yet. `days` = those one can open."""

    lead: str
    chart: Chart
    day: date
    days: tuple[date, ...]
    items: tuple[Item, ...]
    knowing: tuple[Knowing, ...]
    agreed: tuple[bool, ...]
    made_by: str
    empty: bool


@require_safe
@require_role("learner")
def journey(request: HttpRequest) -> HttpResponse:
    """The newest day, or with `?day=` another one."""
    user, now = person(request), timezone.now()
    context = {
        "journey": journey_of(user, now=now, wanted=_day_in(request.GET)),
        "choices": CHOICES,
        "shares": shares.of(user, now=now),
        "wishes": journey_offers.wishes(user, now=now),
    }
    return render(request, "classroom/journey.html", context)


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


def journey_of(user: User, *, now: datetime, wanted: date | None = None) -> Journey:
    today = now.date()
    since = _midnight(journey_chart.first_day(today))
    permit = gate.permit(user.code, "course", now=now)
    said = reports.said_since(permit, since)
    samples = _samples(user, since, now)
    days = _days(user, since, said, samples)
    newest = max(days, default=today)
    day = wanted if wanted in days else newest
    begin, end = _midnight(day), _midnight(day) + timedelta(days=1)
    if day == newest:
        begin, end = min(begin, now - STILL_THERE), max(end, now + timedelta(days=1))
    guesses = journey_feed.guesses_of(user, begin, end, now)
    beside = journey_others.of_day(user, begin, end, now)
    asked = journey_why.of_day(user, begin, end, now)
    items = journey_feed.of_day(user, _midnight(day), said, guesses, beside, asked, now=now)
    return Journey(
        lead=_lead(user, days, today),
        chart=journey_chart.draw(days, today),
        day=day,
        days=tuple(sorted(days, reverse=True)),
        items=items,
        knowing=_knowing(user, now),
        agreed=_agreed(said, samples),
        made_by=predictors.made_by(),
        empty=not days,
    )


def _day_in(asked: QueryDict) -> date | None:
    try:
        return date.fromisoformat(asked.get("day", ""))
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)


def _samples(user: User, since: datetime, now: datetime) -> list[Guessed]:
    """One guess a minute is enough for a picture of weeks."""
    rows = (
        AffectEstimate.objects.filter(
            learner=user, made_at__gte=since, predictor__kind=predictors.SHOWN
        )
        .exclude(status__in=["late", "disputed"])
        .annotate(turn=Mod(F("cut"), ONE_A_MINUTE))
        .filter(turn=0)
        .order_by("-made_at")[:MOST_SAMPLES]
    )
    return list(journey_feed.opened(user, rows, now))


def _days(
    user: User, since: datetime, said: Sequence[Said], samples: Sequence[Guessed]
) -> dict[date, Day]:
    minutes = _minutes(user, since)
    words: dict[date, int] = defaultdict(int)
    for one in said:
        words[one.at.date()] += 1
    guesses: dict[date, list[Guessed]] = defaultdict(list)
    for sample in samples:
        guesses[sample.at.date()].append(sample)
    return {
        day: _day(minutes.get(day, 0), words.get(day, 0), guesses.get(day, []))
        for day in {*minutes, *words, *guesses}
    }


def _minutes(user: User, since: datetime) -> dict[date, int]:
    """From opening a unit to the last sign of life in it; what was answered without a page counts
    as a day, not as time."""
    seconds: dict[date, float] = defaultdict(float)
    for row in Sitting.objects.filter(learner=user, began_at__gte=since):
        seconds[row.began_at.date()] += max(0.0, (row.active_at - row.began_at).total_seconds())
    answered = Response.objects.filter(learner=user, answered_at__gte=since)
    for at in answered.values_list("answered_at", flat=True):
        seconds[at.date()] += 0.0
    return {day: round(total / 60) for day, total in seconds.items()}


def _day(minutes: int, said: int, guesses: Sequence[Guessed]) -> Day:
    """The range of a day = the middle of its lows to the middle of its highs."""
    sure = [guess for guess in guesses if guess.label in ("interest", "happiness")]
    if not sure:
        return Day(minutes, said, unsure=bool(guesses) and not any(g.label for g in guesses))
    lows, highs = sorted(guess.low for guess in sure), sorted(guess.high for guess in sure)
    return Day(minutes, said, lows[len(lows) // 2], highs[len(highs) // 2])


def _lead(user: User, days: dict[date, Day], today: date) -> str:
    monday = today - timedelta(days=today.weekday())
    minutes = sum(figures.minutes for day, figures in days.items() if day >= monday)
    answers = Response.objects.filter(learner=user, answered_at__gte=_midnight(monday)).count()
    hours = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} minutes"
    return f"This week: {hours}, {answers} answer{'' if answers == 1 else 's'}."


def _knowing(user: User, now: datetime) -> tuple[Knowing, ...]:
    """Skills with an answer first asked for; a course of which nothing is known is left out."""
    found = []
    for course in courses_visible_to(user).filter(enrolments__role="learner").order_by("title"):
        skills = Skill.objects.filter(course=course, units__position__isnull=False).distinct()
        known = [bar for bar in bars(user, skills.order_by("pk"), now=now) if bar.answers]
        if known:
            found.append(Knowing(course.title, tuple(known)))
    return tuple(found)


def _agreed(said: Iterable[Said], samples: Sequence[Guessed]) -> tuple[bool, ...]:
    """For each feeling that was named, whether the guess nearest in time said the same."""
    feelings = [one for one in said if one.label not in reports.ACTS]
    near = timedelta(minutes=2)
    outcomes = []
    for one in feelings:
        close = [g for g in samples if g.label and abs(g.at - one.at) <= near]
        if close:
            nearest = min(close, key=lambda guess: abs(guess.at - one.at))
            outcomes.append(nearest.label == one.label)
    return tuple(sorted(outcomes, reverse=True))
