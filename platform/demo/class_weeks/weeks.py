"""Write the four weeks of a simulated class, completely or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from random import Random

from django.db import transaction

from accounts.models import User
from courses.models import Course
from demo import learner_history
from demo.class_weeks import rule_trials
from demo.class_weeks.hard_part import PLANTED, HardPart
from demo.class_weeks.pupil import SimulatedPupil
from demo.class_weeks.records import (
    ClassRecords,
    estimate_mastery,
    load_content,
    store_reports,
)
from demo.class_weeks.rule_trials import SHARE, DecisionLog
from demo.class_weeks.schedule import WEEK, plan_visits, split_weeks
from demo.simulated_learners.course import list_lessons

SPREAD = 0.4


@transaction.atomic
def write_weeks(
    users: Sequence[User],
    course: Course,
    *,
    now: datetime,
    teacher: User | None = None,
    seed: int = 0,
    hard: HardPart | None = PLANTED,
) -> ClassRecords:
    """Write the weeks of each simulated person without course records; return what was written.

    With `hard` None no part is harder than another. `teacher` set up the experiments. Raises
    ValueError for people who are not simulated.
    """
    if not all(user.simulated for user in users):
        raise ValueError("expected simulated people; others make their own records")
    records, log = ClassRecords(), DecisionLog(Random(seed))  # noqa: S311
    content, weeks = load_content(course), split_weeks(list_lessons(course))
    for number, user in enumerate(users):
        rng = Random(1_000 * seed + number)  # noqa: S311
        if learner_history.has_history(user):
            continue
        ability = rng.gauss(0, SPREAD)
        pupil = SimulatedPupil(user, ability, content, records, log, rng, hard)
        for planned in plan_visits(weeks, now=now, rng=rng):
            pupil.do(planned)
    records.decisions = log.rows
    records.store()
    store_reports(records.reports, now=now)
    estimate_mastery(records.responses, now=now)
    if teacher is not None and records.decisions:
        rule_trials.set_shares(course, teacher, SHARE, now=now - learner_history.SPAN)
        rule_trials.set_shares(course, teacher, None, now=now - WEEK)
    rule_trials.measure(records.decisions, now=now)
    return records
