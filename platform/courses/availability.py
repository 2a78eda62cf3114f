"""When units open and are due for one Learner: the dates of the class, of a group, or their own.

Every page, task and mail that needs a date reads it here. A unit opens at its date, and once the
Learner finished the unit that it `opens_after` (ADR 0085). A group may have other dates than the
class (ADR 0087); a later due date of one Learner beats both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from accounts.models import User
from courses.access import is_learner
from courses.models import Completion, Extra, GroupDates, Unit

NOTHING_FINISHED: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Availability:
    """The dates of units for one Learner, by unit pk, and which units ask for nothing more.

    A unit that was not loaded raises KeyError, so that none is open by mistake.
    """

    opens: Mapping[int, datetime | None]
    due: Mapping[int, datetime | None]
    finished: frozenset[int]

    def is_open(self, unit: Unit, *, now: datetime) -> bool:
        """Return whether the Learner may open the unit."""
        return self.is_open_by_date(unit, now=now) and not waits_for_unit(unit, self.finished)

    def is_open_by_date(self, unit: Unit, *, now: datetime) -> bool:
        opens = self.opens[unit.pk]
        return opens is None or now >= opens

    def is_over(self, unit: Unit, *, now: datetime) -> bool:
        """Return whether it is too late; only graded tests have a deadline that closes them."""
        due = self.due[unit.pk]
        return unit.scenario == "graded" and due is not None and now >= end_of(due)


def load_availability(learner: User, units: Collection[Unit], *, now: datetime) -> Availability:
    """Load the dates of these units for one user, and what they finished.

    A Teacher has the dates of the class. A unit that was deleted meanwhile keeps its dates.
    """
    dates = {unit.pk: (unit.opens_at, unit.due_at) for unit in units}
    rows = with_dates(Unit.objects.filter(pk__in=list(dates)), learner).order_by()
    dates |= {pk: (opens, due) for pk, opens, due in rows.values_list("pk", "opens", "due")}
    return Availability(
        opens={pk: opens for pk, (opens, _due) in dates.items()},
        due={pk: due for pk, (_opens, due) in dates.items()},
        finished=_load_finished(learner, units, now),
    )


def with_dates(units: QuerySet[Unit], learner: User) -> QuerySet[Any]:
    """Return the units with `opens` and `due` as they apply to this Learner, for filters.

    A date of the Learner's group replaces that of the class. An own date of the Learner only makes
    a unit due later. PostgreSQL's GREATEST ignores a date that is missing.
    """
    ours = GroupDates.objects.filter(
        unit=OuterRef("pk"),
        group__course=OuterRef("course"),
        group__enrolments__user=learner,
        group__deleted_at=None,
    )
    own = Extra.objects.filter(unit=OuterRef("pk"), learner=learner, undone_at=None)
    of_class = Coalesce(Subquery(ours.values("due_at")), "due_at")
    return units.annotate(
        opens=Coalesce(Subquery(ours.values("opens_at")), "opens_at"),
        due=Greatest(of_class, Subquery(own.values("due_at"))),
    )


def waits_for_unit(unit: Unit, finished: AbstractSet[int]) -> bool:
    """Return whether an earlier unit is to be finished first; a unit that is done stays open."""
    return unit.opens_after_id is not None and not {unit.opens_after_id, unit.pk} & finished


def _load_finished(learner: User, units: Iterable[Unit], now: datetime) -> frozenset[int]:
    """Return which of these units, and of those they open after, ask the Learner for nothing more.

    Those are the units that are done, and those that cannot be finished any more: retired units and
    graded tests that are over. Without conditions there is no query.
    """
    needed = {unit.pk: unit.opens_after_id for unit in units if unit.opens_after_id is not None}
    if not needed:
        return NOTHING_FINISHED
    asked = {*needed, *needed.values()}
    rows = _units_finished_by(learner, now).filter(pk__in=asked)
    return frozenset(rows.values_list("pk", flat=True))


def units_open_to(learner: User, *, now: datetime) -> QuerySet[Unit]:
    """Return the units that are open to the Learner, as a query for filters of other tables."""
    finished = _units_finished_by(learner, now).values("pk")
    reached = Q(opens=None) | Q(opens__lte=now)
    free = Q(opens_after=None) | Q(opens_after__in=finished) | Q(pk__in=finished)
    return with_dates(Unit.objects.all(), learner).filter(reached & free)


def _units_finished_by(learner: User, now: datetime) -> QuerySet[Unit]:
    done = Completion.objects.filter(learner=learner, unit=OuterRef("pk"), done_at__isnull=False)
    over = Q(scenario="graded", due__lt=_this_minute(now))
    units = with_dates(Unit.objects.all(), learner)
    return units.filter(Exists(done) | Q(position=None) | over)


def is_open_for(user: User, unit: Unit, *, now: datetime) -> bool:
    """Return whether this user may open the unit; Teachers may look earlier."""
    found = load_availability(user, [unit], now=now)
    return found.is_open(unit, now=now) or not is_learner(user, unit.course)


def require_open(user: User, unit: Unit, *, now: datetime) -> Availability:
    """Return the dates of the unit; raise a 403 for a Learner of a unit that is not open yet.

    Teachers may look earlier.
    """
    found = load_availability(user, [unit], now=now)
    if not found.is_open(unit, now=now) and is_learner(user, unit.course):
        raise PermissionDenied(f"expected an open unit, {unit.code} opens later")
    return found


def end_of(due_at: datetime) -> datetime:
    """Return the first late moment: the due minute itself counts, so "23:59" ends the day."""
    return _this_minute(due_at) + timedelta(minutes=1)


def find_last_due(unit: Unit) -> datetime | None:
    """Return the last due date of the class and its groups; None where the class has none."""
    if unit.due_at is None:
        return None
    groups = GroupDates.objects.filter(unit=unit, group__deleted_at=None, due_at__gt=unit.due_at)
    last = groups.aggregate(last=Max("due_at"))["last"]
    return last or unit.due_at


def _this_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
