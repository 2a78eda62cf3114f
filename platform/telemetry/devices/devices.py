"""Which device gives a Stream of a Sitting: reported under a Permit, looked up by time (I-1).

A device reports before its rows, but its first rows may have been measured a moment earlier. A
Block belongs to the newest device reported by its end, or else to the first device.
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
class DeviceSource:
    """What gives a Stream from `t` s of the Sitting on."""

    t: float
    backend: str
    scale: float


SourcesByStream = Mapping[str, Sequence[DeviceSource]]


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
    """Store what gives the Permit's Stream from `t` on, or from now. Returns False if known.

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


def sources_of(sitting: Sitting) -> SourcesByStream:
    """Return the sources of this Sitting by Stream; no query if its devices were prefetched."""
    return _by_stream(sitting, sitting.devices.all())


def sources_of_person(person: User) -> Mapping[UUID, SourcesByStream]:
    """Return the sources of each of this person's Sittings, by its id."""
    rows = Device.objects.filter(sitting__learner=person).select_related("sitting")
    ordered = rows.order_by("sitting_id")
    return {
        id: _by_stream(*_split(found)) for id, found in groupby(ordered, lambda row: row.sitting_id)
    }


def source_at(sources: Sequence[DeviceSource], t: float) -> DeviceSource | None:
    """Return the source of rows that end at `t`; None if none was ever reported."""
    return next(
        (source for source in reversed(sources) if source.t <= t), sources[0] if sources else None
    )


def _split(rows: Iterable[Device]) -> tuple[Sitting, list[Device]]:
    found = list(rows)
    return found[0].sitting, found


def _by_stream(sitting: Sitting, rows: Iterable[Device]) -> SourcesByStream:
    by_stream: dict[str, list[DeviceSource]] = {}
    for row in sorted(rows, key=lambda row: (row.at, row.id)):
        t = (row.at - sitting.began_at).total_seconds()
        by_stream.setdefault(row.stream, []).append(DeviceSource(t, row.backend, row.scale))
    return by_stream
