"""When a unit opens and when it is due; one Learner may have a later date.

A unit opens at its date, and once the Learner finished the unit that it `opens_after` (ADR 0085).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from courses.access import is_learner
from courses.models import Completion, Extra, Unit

NOTHING_FINISHED: frozenset[int] = frozenset()


def is_open(unit: Unit, finished: AbstractSet[int] = NOTHING_FINISHED, *, now: datetime) -> bool:
    """Return whether a Learner may open the unit; `finished` comes from `load_finished`."""
    return is_open_by_date(unit, now=now) and not waits_for_unit(unit, finished)


def is_open_by_date(unit: Unit, *, now: datetime) -> bool:
    return unit.opens_at is None or now >= unit.opens_at


def waits_for_unit(unit: Unit, finished: AbstractSet[int]) -> bool:
    """Return whether an earlier unit is to be finished first; a unit that is done stays open."""
    return unit.opens_after_id is not None and not {unit.opens_after_id, unit.pk} & finished


def load_finished(learner: User, units: Iterable[Unit], *, now: datetime) -> frozenset[int]:
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
    """Return the units for which `is_open` holds, as a query for filters of other tables."""
    finished = _units_finished_by(learner, now).values("pk")
    reached = Q(opens_at=None) | Q(opens_at__lte=now)
    free = Q(opens_after=None) | Q(opens_after__in=finished) | Q(pk__in=finished)
    return Unit.objects.filter(reached & free)


def _units_finished_by(learner: User, now: datetime) -> QuerySet[Unit]:
    done = Completion.objects.filter(learner=learner, unit=OuterRef("pk"), done_at__isnull=False)
    return Unit.objects.filter(Exists(done) | Q(position=None) | _over_for(learner, now))


def _over_for(learner: User, now: datetime) -> Q:
    """Return the condition of `is_over` with the Learner's own due date, for a query of units."""
    this_minute = now.replace(second=0, microsecond=0)
    later = Extra.objects.filter(
        learner=learner, unit=OuterRef("pk"), undone_at=None, due_at__gte=this_minute
    )
    return Q(~Exists(later), scenario="graded", due_at__lt=this_minute)


def is_open_for(user: User, unit: Unit, *, now: datetime) -> bool:
    """Return whether this user may open the unit; Teachers may look earlier."""
    finished = load_finished(user, [unit], now=now)
    return is_open(unit, finished, now=now) or not is_learner(user, unit.course)


def is_over(unit: Unit, due_at: datetime | None, *, now: datetime) -> bool:
    """Return whether it is too late; only graded tests have a deadline that closes them."""
    return unit.scenario == "graded" and due_at is not None and now >= end_of(due_at)


def end_of(due_at: datetime) -> datetime:
    """Return the first late moment: the due minute itself counts, so "23:59" ends the day."""
    return due_at.replace(second=0, microsecond=0) + timedelta(minutes=1)


def require_open(user: User, unit: Unit, *, now: datetime) -> None:
    """Raise a 403 for a Learner of a unit that is not open yet; Teachers may look earlier."""
    if not is_open_for(user, unit, now=now):
        raise PermissionDenied(f"expected an open unit, {unit.code} opens later")


def due_dates(learner: User, units: Sequence[Unit]) -> dict[int, datetime]:
    """Return due dates by unit pk: the unit's own date, or this Learner's later one."""
    rows = Extra.objects.filter(
        learner=learner, unit__in=units, undone_at=None, due_at__isnull=False
    )
    own = dict(rows.values_list("unit_id", "due_at"))
    dates = {unit.pk: [d for d in (unit.due_at, own.get(unit.pk)) if d] for unit in units}
    return {unit: max(found) for unit, found in dates.items() if found}


def due_of(learner: User, unit: Unit) -> datetime | None:
    return due_dates(learner, [unit]).get(unit.pk)
