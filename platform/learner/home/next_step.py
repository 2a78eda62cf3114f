"""The next best step of a Learner over all their courses: what falls due, what was begun, what
would be forgotten, what comes next. Made from course records alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import User
from adaptation.next_question import spaced_review
from courses import availability, completion
from courses.completion import NO_PROGRESS, UnitProgress
from courses.models import Completion, Course, Unit
from learner.courses.lessons import next_unit, url_of
from learner.questions.view_model import clock

# A date goes before everything else from here on.
PRESSING = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Step:
    """What to do next: a word for the button, what it is and in which language, where it leads; why
    it is this, and by when, where that is why."""

    word: str
    title: str
    url: str
    course: str
    lang: str
    why: str = ""
    by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Road:
    """The units in use of a Learner's courses, in order, and how each of them stands."""

    units: Mapping[Course, Sequence[Unit]]
    states: Mapping[int, UnitProgress]
    dates: Mapping[int, datetime]
    reviews: Mapping[int, int]

    def undone(self, now: datetime) -> list[Unit]:
        """What is open, not too late and not done, course by course."""
        return [
            unit
            for units in self.units.values()
            for unit in units
            if not self.states.get(unit.pk, NO_PROGRESS).done
            and availability.is_open(unit, now=now)
            and not availability.is_over(unit, self.dates.get(unit.pk), now=now)
        ]


def road_of(user: User, courses: Sequence[Course], *, now: datetime) -> Road:
    """How far this Learner is in these courses; as many queries for ten as for one."""
    rows = Unit.objects.filter(course__in=courses, position__isnull=False)
    units = list(rows.select_related("course").order_by("position"))
    by_course: dict[int, list[Unit]] = defaultdict(list)
    for unit in units:
        by_course[unit.course_id].append(unit)
    return Road(
        units={course: by_course[course.pk] for course in courses},
        states=completion.load_progress_in(user, courses),
        dates=availability.due_dates(user, units),
        reviews=spaced_review.due_counts(user, courses, now=now),
    )


def best(learner: User, road: Road, *, now: datetime) -> Step | None:
    """The one step to offer first; None where all is done and nothing is due."""
    undone = road.undone(now)
    return (
        _due(road, undone, now) or _begun(learner, undone) or _review(road) or _next(road, undone)
    )


def _due(road: Road, undone: Sequence[Unit], now: datetime) -> Step | None:
    dated = [unit for unit in undone if unit.pk in road.dates]
    soon = [unit for unit in dated if now <= road.dates[unit.pk] <= now + PRESSING]
    if not soon:
        return None
    unit = min(soon, key=lambda each: road.dates[each.pk])
    begun = road.states.get(unit.pk, NO_PROGRESS).ratio > 0
    return _step(
        _("Continue") if begun else pgettext("a unit", "Start"), unit, by=road.dates[unit.pk]
    )


def _begun(learner: User, undone: Sequence[Unit]) -> Step | None:
    """The video that was left in the middle last."""
    rows = Completion.objects.filter(learner=learner, unit__in=undone, resume_s__gt=0)
    row = rows.filter(unit__kind="video").order_by("-updated_at").first()
    if row is None:
        return None
    unit = next(unit for unit in undone if unit.pk == row.unit_id)
    word = _("Continue at {time}").format(time=clock(row.resume_s))
    return _step(word, unit, why=_("You stopped part-way through."))


def _review(road: Road) -> Step | None:
    course = next((each for each in road.units if road.reviews.get(each.pk)), None)
    if course is None:
        return None
    many = road.reviews[course.pk]
    what = ngettext("{count} skill", "{count} skills", many).format(count=many)
    why = _(
        "You got this right a few days ago. Today is a good day to try it again, before "
        "you forget it."
    )
    return Step(_("Review"), what, f"/courses/{course.slug}/review/", course.title, "", why)


def _next(road: Road, undone: Sequence[Unit]) -> Step | None:
    """Of the course that was begun, where one is, the first unit that is not done."""
    begun = [course for course, units in road.units.items() if _is_begun(road, units)]
    for course in [*begun, *road.units]:
        unit = next_unit([unit for unit in undone if unit.course_id == course.pk], road.states)
        if unit is not None:
            return _step(_("Continue") if course in begun else pgettext("a unit", "Start"), unit)
    return None


def _is_begun(road: Road, units: Sequence[Unit]) -> bool:
    states = [road.states.get(unit.pk, NO_PROGRESS) for unit in units]
    return any(state.done or state.ratio > 0 for state in states)


def _step(word: str, unit: Unit, *, why: str = "", by: datetime | None = None) -> Step:
    course = unit.course
    return Step(word, unit.title, url_of(unit), course.title, course.language, why, by)
