"""The queue of Windows: cut `k` is [5k-5, 5k+5) s of a Sitting, due a second after its end."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import AsyncConnection

import emotion.windows
from consent.permits.gate import Permit
from telemetry.blocks import tracks
from telemetry.models import LATE, LONGEST_SITTING_S, OPEN_WINDOWS, UNSEEN, Sitting, Window

HOP_S = 5
GRACE_S = 1
AHEAD_S = 60
CUTS_AHEAD = AHEAD_S // HOP_S
LATE_AFTER = timedelta(seconds=60)
LEASE = timedelta(seconds=30)
# By then the page's next Window is due, so under a backlog the older one is dropped.
STALE_AFTER = timedelta(seconds=HOP_S)

# One statement, because an idle worker runs it every second.
CLAIM = """
WITH due AS MATERIALIZED (
  SELECT id FROM telemetry_window WHERE state = %s AND due_at <= %s
  ORDER BY due_at DESC, id LIMIT %s FOR UPDATE SKIP LOCKED)
UPDATE telemetry_window SET due_at = %s WHERE id IN (SELECT id FROM due) RETURNING id
"""
SHED = """
WITH next AS MATERIALIZED (
  SELECT id FROM telemetry_window WHERE state = 'pending' AND due_at <= %s
  ORDER BY due_at DESC, id LIMIT %s),
stale AS MATERIALIZED (
  SELECT id FROM telemetry_window
  WHERE (state = 'pending' AND due_at < %s AND id NOT IN (SELECT id FROM next))
    OR (state = 'helped' AND due_at < %s)
  FOR UPDATE SKIP LOCKED)
UPDATE telemetry_window SET state = CASE state WHEN 'helped' THEN 'unseen' ELSE 'late' END
WHERE id IN (SELECT id FROM stale)
"""
FINISH = """
UPDATE telemetry_window w SET state = result.state,
  due_at = coalesce(result.due_at, w.due_at)
FROM unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS result(id, state, due_at)
WHERE w.id = result.id AND w.state = ANY(%s)
"""
# Writers of Windows lock the rows of their Sittings first, in order, which prevents deadlocks.
FALL_DUE = """
WITH alive AS MATERIALIZED (
  SELECT * FROM unnest(%(sittings)s::uuid[], %(firsts)s::int[], %(lasts)s::int[])
    AS a(sitting, first, last)
),
held AS MATERIALIZED (
  SELECT s.id FROM telemetry_sitting s
  WHERE s.id IN (SELECT sitting FROM alive) AND s.ended_at IS NULL
  ORDER BY s.id FOR NO KEY UPDATE
),
touched AS (
  UPDATE telemetry_sitting s SET active_at = greatest(s.active_at, %(now)s)
  FROM held WHERE s.id = held.id RETURNING s.id, s.began_at
)
INSERT INTO telemetry_window (sitting, cut, due_at, state)
SELECT id, k, began_at + make_interval(secs => k * %(hop)s + %(hop)s + %(grace)s),
  'pending'
FROM touched JOIN alive ON alive.sitting = touched.id, generate_series(first, last) AS k
ON CONFLICT (sitting, cut) DO NOTHING
"""

# A locked Sitting is skipped, because its next Block does the same again. A Block that lags comes
# from a page that was offline or from a recording, and the rest follows at the speed of the
# measurement. Its Windows wait for that, as `brought` if the time to help passes meanwhile.
FALL_DUE_MANY = """
WITH alive AS MATERIALIZED (SELECT * FROM unnest(%s::uuid[], %s::float8[]) AS a(sitting, t)),
free AS MATERIALIZED (
  SELECT s.id FROM telemetry_sitting s
  WHERE s.id IN (SELECT sitting FROM alive) AND s.ended_at IS NULL
  ORDER BY s.id FOR NO KEY UPDATE SKIP LOCKED
),
touched AS (
  UPDATE telemetry_sitting s SET active_at = greatest(s.active_at, now())
  FROM free WHERE s.id = free.id RETURNING s.id, s.began_at
),
cuts AS (
  SELECT DISTINCT ON (id, k) id, k, began_at + make_interval(secs => k * 5 + 6)
      + CASE WHEN lag > interval '5 s' THEN lag ELSE interval '0' END AS due_at,
    lag > interval '59 s' AS brought
  FROM touched JOIN alive ON alive.sitting = touched.id,
    LATERAL (SELECT now() - began_at - make_interval(secs => t) AS lag) AS late,
    generate_series(floor(t / 5)::int, floor(t / 5)::int + 11) AS k
  ORDER BY id, k, t DESC
),
again AS (
  UPDATE telemetry_window w SET state = 'brought', due_at = cuts.due_at FROM cuts
  WHERE brought AND w.sitting = cuts.id AND w.cut = k AND w.state IN ('done', 'late', 'unseen')
)
INSERT INTO telemetry_window (sitting, cut, due_at, state)
SELECT id, k, due_at, CASE WHEN brought THEN 'brought' ELSE 'pending' END
FROM cuts ON CONFLICT (sitting, cut) DO NOTHING
"""


def end_of(sitting: Sitting, cut: int) -> datetime:
    """Return the time at which a cut of this Sitting ends."""
    return sitting.began_at + timedelta(seconds=span(cut)[1])


def span(cut: int) -> tuple[float, float]:
    """Return begin and end of a cut in seconds of the Sitting, clipped at 0."""
    return float(max(0, HOP_S * cut - HOP_S)), float(HOP_S * cut + HOP_S)


def cuts_after(t: float) -> tuple[int, int]:
    """Return the first and last cut that end in (t, t + 60 s]."""
    first = int(t // HOP_S)
    return first, first + CUTS_AHEAD - 1


def fall_due(sitting_id: UUID, t: float, now: datetime) -> int:
    """Queue the Windows kept alive by something at `t`. Returns how many were new."""
    return fall_due_each([(sitting_id, t)], now)


def fall_due_each(alive: Collection[tuple[UUID, float]], now: datetime) -> int:
    """Do the same for several Sittings in one statement."""
    for _, t in alive:
        if not t >= 0:
            raise ValueError(f"expected a time since the Sitting began, got {t}")
    in_time = [(sitting, *cuts_after(t)) for sitting, t in alive if t <= LONGEST_SITTING_S]
    if not in_time:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            FALL_DUE,
            {
                "sittings": [sitting for sitting, _, _ in in_time],
                "firsts": [first for _, first, _ in in_time],
                "lasts": [last for _, _, last in in_time],
                "now": now,
                "hop": HOP_S,
                "grace": GRACE_S,
            },
        )
        return int(cursor.rowcount)


async def fall_due_many(
    connection: AsyncConnection[tuple[Any, ...]], alive: Collection[tuple[UUID, float]]
) -> None:
    """Queue the Windows kept alive by Blocks, on the writer's connection; skip locked Sittings."""
    sittings, moments = [sitting for sitting, _ in alive], [t for _, t in alive]
    await connection.execute(FALL_DUE_MANY, [sittings, moments])


def load(window: Window, permits: Iterable[Permit]) -> emotion.windows.Window:
    """Return the permitted Streams of this cut; without Permits it has no Track."""
    t0, t1 = span(window.cut)
    return emotion.windows.Window(t0, t1, tracks.read(window.sitting, permits, t0, t1))


def claim(now: datetime, limit: int, *, state: str = "pending") -> list[Window]:
    """Claim the newest due Windows for half a minute and return them in the order of their cuts.

    The newest come first, because their Learners wait now. No lock is held: the Windows of a worker
    that dies fall due again.
    """
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [state, now, limit, now + LEASE])
        ids = [id for (id,) in cursor.fetchall()]
    if not ids:
        return []
    rows = Window.objects.filter(pk__in=ids).select_related(
        "sitting__learner", "sitting__unit__course"
    )
    known = rows.prefetch_related("sitting__devices", "sitting__unit__skills")
    return list(known.order_by("cut", "pk"))


def shed(now: datetime, spare: int) -> int:
    """Drop Windows that have been due too long: late, or unseen if helped. Returns how many.

    The newest `spare` due Windows stay queued, however old.
    """
    with connection.cursor() as cursor:
        cursor.execute(SHED, [now, spare, now - STALE_AFTER, now - LATE_AFTER])
        return int(cursor.rowcount)


def is_late(window: Window, now: datetime) -> bool:
    """Return whether the time to act on it has passed."""
    return now - end_of(window.sitting, window.cut) > LATE_AFTER


def is_done(sitting: Sitting, cut: int) -> bool:
    """Return whether a worker has processed this cut."""
    done = ("done", "helped", UNSEEN)
    return Window.objects.filter(sitting=sitting, cut=cut, state__in=done).exists()


def finish(
    windows: Collection[Window],
    now: datetime,
    *,
    secondary_at: Mapping[int, datetime] = MappingProxyType({}),
) -> None:
    """Remove from the queue: done, or if the time to help has passed late, or unseen if helped.

    `secondary_at`: by primary key, from when on secondary Predictors are to process one.
    """
    states = [_state_after(each, now, secondary_at) for each in windows]
    again = [
        secondary_at[each.pk] if state == "helped" else None
        for each, state in zip(windows, states, strict=True)
    ]
    ids = [each.pk for each in windows]
    with connection.cursor() as cursor:
        cursor.execute(FINISH, [ids, states, again, list(OPEN_WINDOWS)])


def _state_after(window: Window, now: datetime, secondary_at: Mapping[int, datetime]) -> str:
    if is_late(window, now) and window.state != "brought":
        return UNSEEN if window.state == "helped" else LATE
    return "helped" if window.pk in secondary_at else "done"


def forget_after(sitting: Sitting, t: float) -> int:
    """Delete pending Windows that begin after `t`. Returns how many."""
    late = Window.objects.filter(sitting=sitting, state="pending", cut__gt=(t + HOP_S) / HOP_S)
    return late.delete()[0]
