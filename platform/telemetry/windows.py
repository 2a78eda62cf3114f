"""The queue of Windows: cut `k` is [5k-5, 5k+5) s of a Sitting and falls due a second after it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection
from psycopg import AsyncConnection

import emotion.windows
from consent.permits.gate import Permit
from telemetry.blocks import tracks
from telemetry.models import LONGEST_SITTING_S, OPEN_WINDOWS, Sitting, Window

if TYPE_CHECKING:
    from emotion.models import Opening, Predictor

    Usual = Callable[[Sitting, list[Permit]], Opening]

HOP_S = 5
GRACE_S = 1
AHEAD_S = 60
CUTS_AHEAD = AHEAD_S // HOP_S
LATE_AFTER = timedelta(seconds=60)
LEASE = timedelta(seconds=30)
# By then the page's next Window is due, which tells more; a backlog leaves the older one out.
STALE_AFTER = timedelta(seconds=HOP_S)

# One statement, because an idle worker asks it each second.
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
UPDATE telemetry_window SET state = 'late' WHERE id IN (SELECT id FROM stale)
"""
FINISH = """
UPDATE telemetry_window w SET state = said.state,
  due_at = CASE WHEN said.state = 'helped' THEN %s ELSE w.due_at END
FROM unnest(%s::bigint[], %s::text[]) AS said(id, state)
WHERE w.id = said.id AND w.state = ANY(%s)
"""
# Whoever adds Windows holds the rows of the Sittings first, in order, so that no two wait for each
# other.
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

# A Sitting that somebody else holds is passed over: its next Block does the same again. A Block
# that lags, from a page that was away or from a recording, is followed by the rest no slower than
# it was measured: its Windows wait for that, `brought` where the moment to help passes by then.
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
  WHERE brought AND w.sitting = cuts.id AND w.cut = k AND w.state IN ('done', 'late')
)
INSERT INTO telemetry_window (sitting, cut, due_at, state)
SELECT id, k, due_at, CASE WHEN brought THEN 'brought' ELSE 'pending' END
FROM cuts ON CONFLICT (sitting, cut) DO NOTHING
"""


def end_of(sitting: Sitting, cut: int) -> datetime:
    """The moment at which a cut of this Sitting ends."""
    return sitting.began_at + timedelta(seconds=span(cut)[1])


def span(cut: int) -> tuple[float, float]:
    """Begin and end of a cut in seconds of the Sitting, clipped at its beginning."""
    return float(max(0, HOP_S * cut - HOP_S)), float(HOP_S * cut + HOP_S)


def cuts_after(t: float) -> tuple[int, int]:
    """First and last cut that end in (t, t + 60 s]."""
    first = int(t // HOP_S)
    return first, first + CUTS_AHEAD - 1


def fall_due(sitting_id: UUID, t: float, now: datetime) -> int:
    """Put the Windows that something at `t` keeps alive into the queue; how many were new."""
    return fall_due_each([(sitting_id, t)], now)


def fall_due_each(alive: Collection[tuple[UUID, float]], now: datetime) -> int:
    """The same for moments of several Sittings in one statement."""
    for _, t in alive:
        if not t >= 0:
            raise ValueError(f"expected a time since the Sitting began, got {t}")
    kept = [(sitting, *cuts_after(t)) for sitting, t in alive if t <= LONGEST_SITTING_S]
    if not kept:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            FALL_DUE,
            {
                "sittings": [sitting for sitting, _, _ in kept],
                "firsts": [first for _, first, _ in kept],
                "lasts": [last for _, _, last in kept],
                "now": now,
                "hop": HOP_S,
                "grace": GRACE_S,
            },
        )
        return int(cursor.rowcount)


async def fall_due_many(
    connection: AsyncConnection[tuple[Any, ...]], alive: Collection[tuple[UUID, float]]
) -> None:
    """What Blocks keep alive, on the writer's connection; what somebody holds is passed over."""
    sittings, moments = [sitting for sitting, _ in alive], [t for _, t in alive]
    await connection.execute(FALL_DUE_MANY, [sittings, moments])


def load(window: Window, permits: Iterable[Permit]) -> emotion.windows.Window:
    """What was sensed in this cut, as far as the Permits allow; without them, no Track at all."""
    t0, t1 = span(window.cut)
    return emotion.windows.Window(t0, t1, tracks.read(window.sitting, permits, t0, t1))


def span_of(predictor: Predictor, cut: int) -> tuple[float, float]:
    """The time up to this cut's end that a Predictor is to see."""
    t1 = span(cut)[1]
    return max(0.0, t1 - predictor.window_s), t1


def is_calibrated(predictor: Predictor, cut: int) -> bool:
    """Whether its span begins after its calibration is over: only then is it told the usual."""
    return 0 < predictor.opening_s <= span_of(predictor, cut)[0]


def seen_by(
    predictor: Predictor,
    window: Window,
    permits: Iterable[Permit],
    *,
    usual: Usual | None = None,
) -> emotion.windows.Window:
    """What a Predictor is to see of one Window: its own span, its own streams, and what was usual
    for this person, which `usual` may know; else it is made."""
    allowed = [p for p in permits if p.stream in predictor.streams]
    t0, t1 = span_of(predictor, window.cut)
    streams = tracks.read(window.sitting, allowed, t0, t1)
    if not (streams and is_calibrated(predictor, window.cut)):
        return emotion.windows.Window(t0, t1, streams)
    opening = (
        usual(window.sitting, allowed) if usual else opening_of(predictor, window.sitting, allowed)
    )
    return emotion.windows.Window(t0, t1, streams, opening)


def opening_of(predictor: Predictor, sitting: Sitting, permits: Iterable[Permit]) -> Opening:
    """What was usual for this person, by Stream, made from their Sitting's first minutes."""
    first = tracks.read(sitting, permits, 0.0, predictor.opening_s)
    return predictor.opening(emotion.windows.Window(0.0, predictor.opening_s, first))


def claim(now: datetime, limit: int, *, state: str = "pending") -> list[Window]:
    """Take Windows that are due for half a minute: after that others may; the newest of them, in
    the order of their cuts. Who waits now is helped first.

    Nothing stays locked: a worker that dies gives them back by doing nothing.
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
    """Give up what fell due too long ago to be worth a worker's time: late, and counted as such.

    The newest `spare` that are due are left to be caught up with, however old.
    """
    with connection.cursor() as cursor:
        cursor.execute(SHED, [now, spare, now - STALE_AFTER, now - LATE_AFTER])
        return int(cursor.rowcount)


def is_late(window: Window, now: datetime) -> bool:
    """Whether the moment to act on it had passed before a worker came to it."""
    return now - end_of(window.sitting, window.cut) > LATE_AFTER


def is_done(sitting: Sitting, cut: int) -> bool:
    """Whether a worker has looked at this cut already."""
    return Window.objects.filter(sitting=sitting, cut=cut, state__in=("done", "helped")).exists()


def finish(windows: Collection[Window], now: datetime, *, owed: Collection[Window] = ()) -> None:
    """Leave the queue: done, or late where the moment to help had passed.

    `owed` = of these, help was given, and other Predictors are to look when nobody waits for help.
    """
    left = set(owed)
    states = [
        "late" if is_late(each, now) else "helped" if each in left else "done" for each in windows
    ]
    with connection.cursor() as cursor:
        cursor.execute(FINISH, [now, [each.pk for each in windows], states, list(OPEN_WINDOWS)])


def forget_after(sitting: Sitting, t: float) -> int:
    """Take pending Windows that begin after `t` out of the queue."""
    late = Window.objects.filter(sitting=sitting, state="pending", cut__gt=(t + HOP_S) / HOP_S)
    return late.delete()[0]
