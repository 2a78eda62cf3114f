"""Whether being sensed bothers people: asked twice a course of those who had it on, answered in
five steps or not at all, and told to Stewards as a count that names nobody."""

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
class Asked:
    """The question as it is due now."""

    course: Course
    point: str


@dataclass(frozen=True, slots=True)
class Count:
    """What was said in one course at one point. `people` None = too few to show; `uneasy` None =
    too few on one of the two sides, so that a number would point at somebody."""

    course: Course
    point: str
    people: int | None
    uneasy: int | None
    simulated: bool


def point_of(done: int, total: int) -> str | None:
    """Where a Learner is asked, by how many units of a course they have done."""
    if not total or 2 * done < total:
        return None
    return "end" if done == total else "middle"


def due(learner: User, points: Mapping[Course, str]) -> list[Asked]:
    """The courses in which this Learner was sensed and has not been asked at this point yet; as
    many queries for ten courses as for one."""
    asked = SensingReport.objects.filter(learner=learner, course__in=points)
    said = set(asked.values_list("course_id", "point"))
    open_ = {course: at for course, at in points.items() if (course.pk, at) not in said}
    sensed = _sensed_in(learner, list(open_)) if open_ else set()
    return [Asked(course, at) for course, at in open_.items() if course.pk in sensed]


def _sensed_in(learner: User, courses: Sequence[Course]) -> set[int]:
    """The courses with a Sitting during which something was allowed to be sensed."""
    during = Q(pk=None)
    for begin, end in consent_intervals.find_allowed_intervals(learner):
        during |= Q(active_at__gt=begin) & (Q(began_at__lt=end) if end else Q())
    rows = Sitting.objects.filter(during, learner=learner, unit__course__in=courses)
    return set(rows.values_list("unit__course_id", flat=True))


@transaction.atomic
def answer(asked: Asked, said: str, permit: Permit, *, now: datetime) -> bool:
    """Keep the answer, or that there is none; False where this point was answered before.

    ValueError for a word that was not offered.
    """
    if said not in (*STEPS, NO_ANSWER):
        raise ValueError(f"expected one of {', '.join(STEPS)} or {NO_ANSWER}")
    report = uuid4()
    sealed = seal_value(
        said, place=_place(report, permit), scopes={permit.scope: permit.epoch}, now=now
    )
    _, made = SensingReport.objects.get_or_create(
        learner=User.objects.get(code=permit.subject),
        course=asked.course,
        point=asked.point,
        defaults={"id": report, "sealed": sealed, "made_at": now},
    )
    return made


def counts(*, now: datetime) -> list[Count]:
    """For each course and point with an answer, how many were uneasy; nothing where the legal
    profile allows no class picture."""
    profile = profiles.current(now=now)
    if profile is None or not profile.teacher_aggregate:
        return []
    groups: dict[tuple[Course, str], list[tuple[bool, str]]] = defaultdict(list)
    for row, said in _opened(now):
        groups[row.course, row.point].append((row.learner.simulated, said))
    placed = by_name(groups.items(), lambda each: each[0][0].title)
    return [_count(*place, group, profile) for place, group in placed]


def _opened(now: datetime) -> list[tuple[SensingReport, str]]:
    """Who said something, and what, in the order in which it was said."""
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


def _count(
    course: Course, point: str, group: Sequence[tuple[bool, str]], profile: LegalProfile
) -> Count:
    """Simulated people count only where no group of real ones stands."""
    real = _whole([said for simulated, said in group if not simulated], profile.floor_people)
    if real:
        return _shown(course, point, real, profile.floor_people, simulated=False)
    made_up = _whole([said for simulated, said in group if simulated], profile.floor_simulated)
    return _shown(course, point, made_up, profile.floor_simulated, simulated=bool(made_up))


def _whole(said: Sequence[str], floor: int) -> Sequence[str]:
    """As many as fill whole groups, in the order in which they came: between two looks nobody's one
    answer makes the difference."""
    return said[: len(said) - len(said) % floor]


def _shown(
    course: Course, point: str, said: Sequence[str], floor: int, *, simulated: bool
) -> Count:
    if not said:
        return Count(course, point, None, None, simulated)
    uneasy = sum(word in UNEASY for word in said)
    told = min(uneasy, len(said) - uneasy) >= floor
    return Count(course, point, len(said), uneasy if told else None, simulated)


def _place(report: object, permit: Permit) -> Place:
    return Place("estimates_sensingreport", "sealed", str(report), permit.subject)
