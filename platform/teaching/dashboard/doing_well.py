"""Find learners who are doing well: a run of correct answers, or a return after long absence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from django.db.models import Q
from django.db.models.functions import Coalesce

from courses.models import Completion, Course, Response
from teaching.visits import load_last_visits

SINCE = timedelta(hours=2)
RIGHT_IN_A_ROW = 5
TODAY = timedelta(days=1)
LONG_ABSENCE = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class Success:
    """One Learner, by pk. `kind` row: `count` correct in a row; back: after `count` days away."""

    learner: int
    kind: str
    count: int
    unit: str


def find_successes(
    course: Course, learners: Collection[int], *, now: datetime
) -> tuple[Success, ...]:
    """Return runs of correct answers, then returns; each learner at most once."""
    found = {each.learner: each for each in _find_returns(course, learners, now)}
    found |= {each.learner: each for each in _find_right_streaks(course, learners, now)}
    return tuple(sorted(found.values(), key=lambda each: (each.kind != "row", -each.count)))


def _find_right_streaks(course: Course, learners: Collection[int], now: datetime) -> list[Success]:
    """Return learners whose latest answers were all correct, at least five in a row."""
    rows = Response.objects.filter(
        Q(question__unit__isnull=False) | Q(question__in_bank=True, attempt__isnull=False),
        question__course=course,
        learner__any_of=learners,
        answered_at__gt=now - SINCE,
    ).order_by("-answered_at", "-id")
    answers: dict[int, list[tuple[bool, str]]] = defaultdict(list)
    unit_title = Coalesce("attempt__unit__title", "question__unit__title")
    for learner, correct, unit in rows.values_list("learner", "correct", unit_title):
        answers[learner].append((correct, unit))
    runs = {who: list(takewhile(lambda one: one[0], own)) for who, own in answers.items()}
    return [
        Success(who, "row", len(run), run[0][1])
        for who, run in runs.items()
        if len(run) >= RIGHT_IN_A_ROW
    ]


def _find_returns(course: Course, learners: Collection[int], now: datetime) -> list[Success]:
    """Return learners who finished a unit today, two weeks or more after their previous visit."""
    done = dict(
        Completion.objects.filter(
            unit__course=course, learner__any_of=learners, done_at__gt=now - SINCE
        )
        .order_by("done_at")
        .values_list("learner", "unit__title")
    )
    left = load_last_visits(course, done, until=now - TODAY)
    away = {who: now - at for who, at in left.items()}
    return [
        Success(who, "back", gap.days, done[who])
        for who, gap in away.items()
        if gap >= LONG_ABSENCE
    ]
