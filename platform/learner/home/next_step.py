"""The next step to suggest to a Learner over all their courses.

The order is: due soon, begun, due for review, next unit. It uses course records alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import itemgetter

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from accounts.models import User
from adaptation.next_question import spaced_review
from courses import completion
from courses.availability import Availability, load_availability
from courses.completion import NO_PROGRESS, UnitProgress
from courses.models import Completion, Course, Unit
from courses.timestamps import format_time
from learner.courses.lessons import next_unit, url_of

# A due date within this time comes before everything else.
DUE_SOON = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class NextStep:
    """The next step: button label, title with its language, URL, and why it is suggested.

    `by` is the due date if that is the reason.
    """

    word: str
    title: str
    url: str
    course: str
    lang: str
    why: str = ""
    by: datetime | None = None


@dataclass(frozen=True, slots=True)
class CourseProgress:
    """The units in use of a Learner's courses, in order, with progress and due dates."""

    units: Mapping[Course, Sequence[Unit]]
    states: Mapping[int, UnitProgress]
    reviews: Mapping[int, int]
    availability: Availability

    def undone(self, now: datetime) -> list[Unit]:
        """Return the units that are open, not over and not done, course by course."""
        return [
            unit
            for units in self.units.values()
            for unit in units
            if not self.states.get(unit.pk, NO_PROGRESS).done
            and self.availability.is_open(unit, now=now)
            and not self.availability.is_over(unit, now=now)
        ]

    def due_of(self, unit: Unit) -> datetime | None:
        return self.availability.due[unit.pk]


def load_progress(user: User, courses: Sequence[Course], *, now: datetime) -> CourseProgress:
    """Load a Learner's progress in these courses, in a fixed number of queries."""
    rows = Unit.objects.filter(course__in=courses, position__isnull=False)
    units = list(rows.select_related("course").order_by("position"))
    by_course: dict[int, list[Unit]] = defaultdict(list)
    for unit in units:
        by_course[unit.course_id].append(unit)
    return CourseProgress(
        units={course: by_course[course.pk] for course in courses},
        states=completion.load_progress_in(user, courses),
        reviews=spaced_review.count_due(user, courses, now=now),
        availability=load_availability(user, units, now=now),
    )


def choose_step(learner: User, progress: CourseProgress, *, now: datetime) -> NextStep | None:
    """Return the step to suggest first; None if all is done and nothing is due."""
    undone = progress.undone(now)
    return (
        _due_step(progress, undone, now)
        or _begun_step(learner, undone)
        or _review_step(progress)
        or _next_unit_step(progress, undone)
    )


def _due_step(progress: CourseProgress, undone: Sequence[Unit], now: datetime) -> NextStep | None:
    dated = [(due, unit) for unit in undone if (due := progress.due_of(unit))]
    soon = [(due, unit) for due, unit in dated if now <= due <= now + DUE_SOON]
    if not soon:
        return None
    due, unit = min(soon, key=itemgetter(0))
    begun = progress.states.get(unit.pk, NO_PROGRESS).ratio > 0
    return _make_step(_("Continue") if begun else pgettext("a unit", "Start"), unit, by=due)


def _begun_step(learner: User, undone: Sequence[Unit]) -> NextStep | None:
    """Return to the video that the Learner last left part-way through."""
    rows = Completion.objects.filter(learner=learner, unit__in=undone, resume_s__gt=0)
    row = rows.filter(unit__kind="video").order_by("-updated_at").first()
    if row is None:
        return None
    unit = next(unit for unit in undone if unit.pk == row.unit_id)
    word = _("Continue at {time}").format(time=format_time(row.resume_s))
    return _make_step(word, unit, why=_("You stopped part-way through."))


def _review_step(progress: CourseProgress) -> NextStep | None:
    course = next((each for each in progress.units if progress.reviews.get(each.pk)), None)
    if course is None:
        return None
    many = progress.reviews[course.pk]
    what = ngettext("{count} skill", "{count} skills", many).format(count=many)
    why = _(
        "You got this right a few days ago. Today is a good day to try it again, before "
        "you forget it."
    )
    return NextStep(_("Review"), what, f"/courses/{course.slug}/review/", course.title, "", why)


def _next_unit_step(progress: CourseProgress, undone: Sequence[Unit]) -> NextStep | None:
    """Return the first unit not done, from a course already begun if there is one."""
    begun = [course for course, units in progress.units.items() if _is_begun(progress, units)]
    for course in [*begun, *progress.units]:
        unit = next_unit([unit for unit in undone if unit.course_id == course.pk], progress.states)
        if unit is not None:
            return _make_step(
                _("Continue") if course in begun else pgettext("a unit", "Start"), unit
            )
    return None


def _is_begun(progress: CourseProgress, units: Sequence[Unit]) -> bool:
    states = [progress.states.get(unit.pk, NO_PROGRESS) for unit in units]
    return any(state.done or state.ratio > 0 for state in states)


def _make_step(word: str, unit: Unit, *, why: str = "", by: datetime | None = None) -> NextStep:
    course = unit.course
    return NextStep(word, unit.title, url_of(unit), course.title, course.language, why, by)
