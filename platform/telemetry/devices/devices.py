"""Which device gives a Stream of a Sitting: told under a Permit, and known by time later (I-1).

A device tells before its rows, but its first rows may have been measured a moment before it did: a
Block belongs to the newest device told by its end, and those before the first to the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from accounts.models import User
from consent.permits.errors import Refused
from consent.permits.gate import Permit
from consent.permits.trigger_errors import refuse_without_grant
from emotion import streams
from telemetry.blocks.block_validation import CLOCK_SLACK_S
from telemetry.devices.models import LARGEST_SCALE
from telemetry.models import Device, Sitting


class BadDevice(ValueError):
    """The Stream has no such device; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class Source:
    """What gives a Stream from `t` s of the Sitting on."""

    t: float
    backend: str
    scale: float


Told = Mapping[str, Sequence[Source]]


def store(
    sitting: Sitting,
    id: UUID,
    backend: str,
    scale: float,
    t: float | None,
    permit: Permit,
    *,
    now: datetime,
) -> bool:
    """Keep what gives the Permit's Stream from `t` on, or from now; False where it stands already.

    Raises BadDevice, and Refused where the Grant ended meanwhile.
    """
    stream, _, purpose = permit.scope.partition(":")
    if permit.subject != sitting.learner.code or purpose != "adapt":
        raise Refused("no_grant")
    _check(sitting, stream, backend, scale, t, now)
    at = now if t is None else sitting.began_at + timedelta(seconds=t)
    fields = {"sitting": sitting, "stream": stream, "backend": backend, "scale": scale, "at": at}
    with refuse_without_grant():
        device, created = Device.objects.get_or_create(id=id, defaults=fields)
    if device.sitting_id != sitting.id:
        raise BadDevice("expected an id of this Sitting's own, got one that is taken")
    return created


def _check(
    sitting: Sitting, name: str, backend: str, scale: float, t: float | None, now: datetime
) -> None:
    stream = streams.stream(name)
    if backend not in stream.backends:
        known = ", ".join(stream.backends) or "none"
        raise BadDevice(f"expected a backend of {name}: {known}, got {backend[:20]!r}")
    if not 0 < scale <= LARGEST_SCALE:
        raise BadDevice(f"expected a scale above 0 up to {LARGEST_SCALE:.0f}, got {scale}")
    if stream.dtype == "f4" and scale != 1:
        raise BadDevice(f"expected scale 1 for {name}, whose values are no whole numbers")
    latest = (now - sitting.began_at).total_seconds() + CLOCK_SLACK_S
    if t is not None and not 0 <= t <= latest:
        raise BadDevice(f"expected t between 0 and {latest:.0f} s, got {t}")


def of(sitting: Sitting) -> Told:
    """What was told in this Sitting, by Stream; asks nothing where the rows came along with it."""
    return _told(sitting, sitting.devices.all())


def of_person(person: User) -> Mapping[UUID, Told]:
    """What was told in each of this person's Sittings, by its id."""
    rows = Device.objects.filter(sitting__learner=person).select_related("sitting")
    ordered = rows.order_by("sitting_id")
    return {id: _told(*_split(found)) for id, found in groupby(ordered, lambda row: row.sitting_id)}


def at(told: Sequence[Source], t: float) -> Source | None:
    """What gave the rows that end at `t`; None where nothing was ever told."""
    return next((source for source in reversed(told) if source.t <= t), told[0] if told else None)


def _split(rows: Iterable[Device]) -> tuple[Sitting, list[Device]]:
    found = list(rows)
    return found[0].sitting, found


def _told(sitting: Sitting, rows: Iterable[Device]) -> Told:
    told: dict[str, list[Source]] = {}
    for row in sorted(rows, key=lambda row: (row.at, row.id)):
        t = (row.at - sitting.began_at).total_seconds()
        told.setdefault(row.stream, []).append(Source(t, row.backend, row.scale))
    return told
