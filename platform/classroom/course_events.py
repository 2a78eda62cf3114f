"""Course events of all sockets of a process: what many pages tell in one moment is stored by one
transaction. None is acknowledged before its commit, and one that is wrong spoils no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from classroom.gathered import visiting
from classroom.messages import CourseEvent
from telemetry import events, sittings
from telemetry.events import BadEvent, Told
from telemetry.models import Sitting

Fates = Mapping[Told, BadEvent | None]


async def take(sitting: Sitting, said: CourseEvent) -> UUID:
    """Store it; the id to acknowledge. Raises BadEvent."""
    told = Told(sitting, said.id, said.t, said.name, said.value, said.ref)
    wrong = await _fate(told)
    if wrong is not None:
        raise wrong
    return said.id


def _store(told: Sequence[Told]) -> Fates:
    """All at once; where a Sitting is gone, each for itself."""
    try:
        return _together(told)
    except IntegrityError:
        if len(told) == 1:
            return {each: BadEvent("expected a Sitting that is open") for each in told}
        return {each: fate for one in told for each, fate in _store([one]).items()}


@transaction.atomic
def _together(told: Sequence[Told]) -> Fates:
    """In the order of their Sittings, so that two processes never wait for each other."""
    now = timezone.now()
    fates = dict(zip(told, events.store_each(told, now), strict=True))
    kept = [each for each, wrong in fates.items() if wrong is None]
    for each in sorted(kept, key=lambda each: (each.sitting.id, each.t)):
        sittings.keep_alive(each.sitting, each.t, now)
    return fates


_fate = visiting(_store)
