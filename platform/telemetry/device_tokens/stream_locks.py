"""One Stream of a Sitting has one source at a time: the page, or one token.

A token in use holds its Streams. The page learns this within a second and is refused meanwhile. A
Stream that another source already sends is not taken from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from telemetry.models import DeviceToken, Sitting

# How long a program may take to reconnect; then the page may send again.
HELD_FOR: Final = timedelta(seconds=30)
# A source that sent within this time counts as sending.
SENDING: Final = timedelta(seconds=10)
HeldStreams = frozenset[tuple[UUID, str]]
# Rows of event Streams have their own times, so their end is unknown while sealed.
LAST_TIMES = """
SELECT stream, max(t0 + CASE WHEN rate_hz > 0 THEN rows / rate_hz ELSE 1 END) FROM telemetry_block
WHERE day = %s AND sitting = %s AND stream = ANY(%s) GROUP BY stream
"""
# Raw SQL, because every open page runs it each second.
HELD_BY_TOKENS = """
SELECT u.code, t.sitting_id, t.holding FROM telemetry_devicetoken t
JOIN accounts_user u ON u.id = t.learner_id
WHERE u.code = ANY(%s) AND t.used_at > %s AND t.sitting_id IS NOT NULL
"""
SENT_SINCE = """
SELECT DISTINCT stream FROM telemetry_block
WHERE day = %s AND sitting = %s AND stream = ANY(%s) AND received_at > %s
"""


@dataclass(frozen=True, slots=True)
class ReservedStreams:
    """Streams that a token holds; `new`: those it did not hold before."""

    streams: frozenset[str]
    new: frozenset[str]


def hold_streams(
    token: DeviceToken, sitting: Sitting, streams: Collection[str], *, now: datetime
) -> ReservedStreams:
    """Take the Streams that no other source sends; locks the Learner's tokens first."""
    with transaction.atomic():
        rows = DeviceToken.objects.select_for_update().filter(learner=token.learner).order_by("pk")
        found = {row.pk: row for row in rows}
        mine = found.pop(token.pk, token)
        before = _streams(mine) if mine.sitting_id == sitting.id else frozenset()
        free = frozenset(streams).difference(*(_held_in(r, sitting, now) for r in found.values()))
        free -= sent_since(sitting, free - before, now - SENDING)
        free -= sent_since(sitting, free & before, max(_held_until(mine), now - SENDING))
        DeviceToken.objects.filter(pk=token.pk).update(
            sitting=sitting, holding=_scopes(free), used_at=now
        )
    return ReservedStreams(free, free - before)


def release_streams(token: DeviceToken, sitting: Sitting, streams: Collection[str]) -> None:
    """Release Streams that another source began to send at the same moment."""
    for row in DeviceToken.objects.filter(pk=token.pk, sitting=sitting):
        row.holding = _scopes(_streams(row) - set(streams))
        row.save(update_fields=["holding"])


def keep_alive(token: DeviceToken, *, now: datetime) -> bool:
    """Keep what it holds. Returns False if the token has ended or its Learner is gone."""
    good = DeviceToken.objects.filter(pk=token.pk, expires_at__gt=now, learner__is_active=True)
    return bool(good.update(used_at=now))


def release_all(token: DeviceToken, sitting: Sitting, *, now: datetime) -> None:
    """Release everything when the program ends by itself; the page may send at once."""
    rows = DeviceToken.objects.filter(pk=token.pk, sitting=sitting)
    rows.update(used_at=now - HELD_FOR)


def held_by_tokens(subjects: Iterable[UUID], *, now: datetime) -> Mapping[UUID, HeldStreams]:
    """Return the (Sitting, Stream) pairs that tokens hold, by the Learner's code."""
    found: dict[UUID, HeldStreams] = {}
    with connection.cursor() as cursor:
        cursor.execute(HELD_BY_TOKENS, [list(subjects), now - HELD_FOR])
        rows = cursor.fetchall()
    for code, sitting, scopes in rows:
        held = {(sitting, scope.partition(":")[0]) for scope in scopes}
        found[code] = found.get(code, frozenset()) | held
    return found


def free_from(sitting: Sitting, streams: Iterable[str]) -> dict[str, float]:
    """Return by Stream the second of the Sitting after which nothing is stored."""
    with connection.cursor() as cursor:
        day = sitting.day
        cursor.execute(LAST_TIMES, [day, sitting.id, sorted(streams)])
        ends: dict[str, float] = dict(cursor.fetchall())
    return {name: ends.get(name, 0.0) for name in streams}


def sent_since(sitting: Sitting, streams: Collection[str], since: datetime) -> frozenset[str]:
    """Return those of these Streams of which a Block came after `since`."""
    day = sitting.day
    with connection.cursor() as cursor:
        cursor.execute(SENT_SINCE, [day, sitting.id, sorted(streams), since])
        return frozenset(name for (name,) in cursor.fetchall())


def _held_until(row: DeviceToken) -> datetime:
    """Return the time from which others could have sent what it held."""
    return (row.used_at or row.made_at) + HELD_FOR


def _held_in(row: DeviceToken, sitting: Sitting, now: datetime) -> frozenset[str]:
    fresh = row.used_at is not None and _held_until(row) > now and row.expires_at > now
    return _streams(row) if fresh and row.sitting_id == sitting.id else frozenset()


def _streams(row: DeviceToken) -> frozenset[str]:
    return frozenset(scope.partition(":")[0] for scope in row.holding)


def _scopes(streams: Collection[str]) -> list[str]:
    return [f"{name}:adapt" for name in sorted(streams)]
