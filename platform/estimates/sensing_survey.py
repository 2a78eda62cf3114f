"""A survey on whether being sensed bothers Learners, twice per course where it was on.

It is answered on five steps or skipped, and shown to Stewards as anonymous counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from accounts.name_order import by_name
from consent.grants import consent_intervals
from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import LegalProfile
from consent.permits.gate import Permit, permits_of_people
from courses.models import Course
from estimates.models import SensingReport
from telemetry.models import Sitting
from vault.sealed_values import Place, seal_value, unseal_value

STEPS = ("not_at_all", "a_little", "somewhat", "quite", "very")
NO_ANSWER = "none"
UNEASY = STEPS[2:]


@dataclass(frozen=True, slots=True)
class SurveyQuestion:
    """The question as it is due now."""

    course: Course
    point: str


@dataclass(frozen=True, slots=True)
class SurveyCount:
    """The answers in one course at one point.

    `people` None = too few to show. `uneasy` None = too few on one of the two sides, so that a
    number could identify a person.
    """

    course: Course
    point: str
    people: int | None
    uneasy: int | None
    simulated: bool


def point_of(done: int, total: int) -> str | None:
    """Return the point at which a Learner is asked, by the number of units done."""
    if not total or 2 * done < total:
        return None
    return "end" if done == total else "middle"


def list_due(learner: User, points: Mapping[Course, str]) -> list[SurveyQuestion]:
    """Return the courses in which this Learner was sensed and not yet asked at this point.

    Runs the same number of queries for any number of courses.
    """
    asked = SensingReport.objects.filter(learner=learner, course__in=points)
    answered = set(asked.values_list("course_id", "point"))
    open_ = {course: at for course, at in points.items() if (course.pk, at) not in answered}
    sensed = _sensed_in(learner, list(open_)) if open_ else set()
    return [SurveyQuestion(course, at) for course, at in open_.items() if course.pk in sensed]


def _sensed_in(learner: User, courses: Sequence[Course]) -> set[int]:
    """Return the courses with a Sitting during which sensing was allowed."""
    during = Q(pk=None)
    for begin, end in consent_intervals.find_allowed_intervals(learner):
        during |= Q(active_at__gt=begin) & (Q(began_at__lt=end) if end else Q())
    rows = Sitting.objects.filter(during, learner=learner, unit__course__in=courses)
    return set(rows.values_list("unit__course_id", flat=True))


@transaction.atomic
def answer(asked: SurveyQuestion, said: str, permit: Permit, *, now: datetime) -> bool:
    """Store the answer, or that it was skipped; returns False where this point was answered before.

    Raises ValueError for an unknown answer.
    """
    if said not in (*STEPS, NO_ANSWER):
        raise ValueError(f"expected one of {', '.join(STEPS)} or {NO_ANSWER}")
    report = uuid4()
    sealed = seal_value(
        said, place=_place(report, permit), scopes={permit.scope: permit.epoch}, now=now
    )
    _, created = SensingReport.objects.get_or_create(
        learner=User.objects.get(code=permit.subject),
        course=asked.course,
        point=asked.point,
        defaults={"id": report, "sealed": sealed, "made_at": now},
    )
    return created


def count_answers(*, now: datetime) -> list[SurveyCount]:
    """Return how many were uneasy, for each course and point with an answer.

    Empty where the legal profile allows no class summary.
    """
    profile = profiles.current(now=now)
    if profile is None or not profile.teacher_aggregate:
        return []
    groups: dict[tuple[Course, str], list[tuple[bool, str]]] = defaultdict(list)
    for row, said in _read_answers(now):
        groups[row.course, row.point].append((row.learner.simulated, said))
    placed = by_name(groups.items(), lambda each: each[0][0].title)
    return [_count_group(*place, group, profile) for place, group in placed]


def _read_answers(now: datetime) -> list[tuple[SensingReport, str]]:
    """Return the reports with their answers, in the order in which they were given."""
    rows = SensingReport.objects.filter(learner__is_active=True).select_related("learner", "course")
    rows = rows.order_by("-point", "made_at")
    answers = permits_of_people({row.learner.code for row in rows}, ["course"], now=now)
    found = []
    for row in rows:
        permit = answers[row.learner.code].granted.get("course")
        if permit is None:
            continue
        said = str(unseal_value(bytes(row.sealed), place=_place(row.id, permit)))
        if said != NO_ANSWER:
            found.append((row, said))
    return found


def _count_group(
    course: Course, point: str, group: Sequence[tuple[bool, str]], profile: LegalProfile
) -> SurveyCount:
    """Count real Learners; simulated ones count only where there is no group of real ones."""
    real = _whole_groups([said for simulated, said in group if not simulated], profile.floor_people)
    if real:
        return _build_count(course, point, real, profile.floor_people, simulated=False)
    made_up = _whole_groups(
        [said for simulated, said in group if simulated], profile.floor_simulated
    )
    return _build_count(course, point, made_up, profile.floor_simulated, simulated=bool(made_up))


def _whole_groups(answers: Sequence[str], floor: int) -> Sequence[str]:
    """Return the answers that fill whole groups, in order.

    Two successive counts therefore never differ by one Learner's answer.
    """
    return answers[: len(answers) - len(answers) % floor]


def _build_count(
    course: Course, point: str, answers: Sequence[str], floor: int, *, simulated: bool
) -> SurveyCount:
    if not answers:
        return SurveyCount(course, point, None, None, simulated)
    uneasy = sum(answer_ in UNEASY for answer_ in answers)
    is_enough = min(uneasy, len(answers) - uneasy) >= floor
    return SurveyCount(course, point, len(answers), uneasy if is_enough else None, simulated)


def _place(report: object, permit: Permit) -> Place:
    return Place("estimates_sensingreport", "sealed", str(report), permit.subject)
