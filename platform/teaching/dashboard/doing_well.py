"""Who goes well just now: a run of right answers, or back after a long while and something done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from django.db.models import Max

from courses.models import Completion, Course, Response
from telemetry.models import Sitting

SINCE = timedelta(hours=2)
RIGHT_IN_A_ROW = 5
TODAY = timedelta(days=1)
LONG = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Well:
    """One Learner, by pk. `kind` row: `count` right in a row; back: after `count` days."""

    learner: int
    kind: str
    count: int
    unit: str


def going_well(course: Course, learners: Collection[int], *, now: datetime) -> tuple[Well, ...]:
    """Runs of right answers first; nobody twice."""
    found = {each.learner: each for each in _back(course, learners, now)}
    found |= {each.learner: each for each in _in_a_row(course, learners, now)}
    return tuple(sorted(found.values(), key=lambda each: (each.kind != "row", -each.count)))


def _in_a_row(course: Course, learners: Collection[int], now: datetime) -> list[Well]:
    """Whose latest answers were all right, at least five in a row."""
    rows = Response.objects.filter(
        question__course=course,
        question__unit__isnull=False,
        learner__in=learners,
        answered_at__gt=now - SINCE,
    ).order_by("-answered_at", "-id")
    answers: dict[int, list[tuple[bool, str]]] = defaultdict(list)
    for learner, correct, unit in rows.values_list("learner", "correct", "question__unit__title"):
        answers[learner].append((correct, unit))
    runs = {who: list(takewhile(lambda one: one[0], own)) for who, own in answers.items()}
    return [
        Well(who, "row", len(run), run[0][1])
        for who, run in runs.items()
        if len(run) >= RIGHT_IN_A_ROW
    ]


def _back(course: Course, learners: Collection[int], now: datetime) -> list[Well]:
    """Who finished something today after two weeks without a Sitting."""
    done = dict(
        Completion.objects.filter(
            unit__course=course, learner__in=learners, done_at__gt=now - SINCE
        )
        .order_by("done_at")
        .values_list("learner", "unit__title")
    )
    before = Sitting.objects.filter(
        unit__course=course, learner__in=done, began_at__lte=now - TODAY
    )
    left = dict(before.order_by().values_list("learner").annotate(Max("began_at")))
    away = {who: now - at for who, at in left.items()}
    return [Well(who, "back", gap.days, done[who]) for who, gap in away.items() if gap >= LONG]
