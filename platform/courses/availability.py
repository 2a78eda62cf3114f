"""When a unit opens and when it is due; one Learner may have a later date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied

from accounts.models import User
from courses.access import is_learner
from courses.models import Extra, Unit


def is_open(unit: Unit, *, now: datetime) -> bool:
    return unit.opens_at is None or now >= unit.opens_at


def is_over(unit: Unit, due_at: datetime | None, *, now: datetime) -> bool:
    """Return whether it is too late; only graded tests have a deadline that closes them."""
    return unit.scenario == "graded" and due_at is not None and now >= end_of(due_at)


def end_of(due_at: datetime) -> datetime:
    """Return the first late moment: the due minute itself counts, so "23:59" ends the day."""
    return due_at.replace(second=0, microsecond=0) + timedelta(minutes=1)


def require_open(user: User, unit: Unit, *, now: datetime) -> None:
    """Raise a 403 for a Learner of a unit that is not open yet; Teachers may look earlier."""
    if not is_open(unit, now=now) and is_learner(user, unit.course):
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
