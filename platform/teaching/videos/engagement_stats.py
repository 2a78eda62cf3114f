"""Engagement with a video from course records alone: what was done where, in three queries."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Min

from courses.models import Completion, Unit
from telemetry.models import Sitting

# The playhead of each Sitting, as in `telemetry.video_position`, for all Sittings at once. A play,
# pause or end event gives its position. Afterwards a seek moves it, and so does elapsed time while
# it plays, at the last playback rate.
PLAYHEADS_SQL = """
WITH events AS (
  SELECT s.learner_id AS learner, e.sitting_id AS sitting, e.name, e.t, e.at, e.id,
         coalesce(e.value, 0) AS value,
         e.t - lag(e.t) OVER w AS passed,
         count(*) FILTER (WHERE e.name IN ('play', 'pause', 'ended')) OVER w AS anchor,
         count(*) FILTER (WHERE e.name = 'rate' AND e.value > 0) OVER w AS gear
  FROM telemetry_event e JOIN telemetry_sitting s ON s.id = e.sitting_id
  WHERE s.unit_id = %s AND s.learner_id = ANY(%s)
    AND e.name IN ('play', 'pause', 'ended', 'seek', 'rate', 'stuck')
  WINDOW w AS (PARTITION BY e.sitting_id ORDER BY e.t, e.at, e.id)
), paced AS (
  SELECT *, first_value(name) OVER a = 'play' AS plays,
         first_value(value) OVER a AS anchored,
         row_number() OVER a = 1 AS is_anchor,
         CASE WHEN gear = 0 THEN 1 ELSE first_value(value) OVER g END AS rate
  FROM events
  WINDOW a AS (PARTITION BY sitting, anchor ORDER BY t, at, id),
         g AS (PARTITION BY sitting, gear ORDER BY t, at, id)
), moved AS (
  SELECT *, CASE WHEN is_anchor THEN 0 ELSE
           CASE WHEN plays THEN passed * lag(rate) OVER w ELSE 0 END
           + CASE WHEN name = 'seek' THEN value ELSE 0 END END AS step
  FROM paced WINDOW w AS (PARTITION BY sitting ORDER BY t, at, id)
), placed AS (
  SELECT *, anchored + sum(step) OVER (PARTITION BY sitting, anchor ORDER BY t, at, id) AS head
  FROM moved WHERE anchor > 0
)
SELECT learner, name, head, CASE WHEN name = 'seek' THEN head - value ELSE head END AS before
FROM placed
WHERE name IN ('pause', 'stuck') OR (name = 'seek' AND value < 0)
"""

# The last moment of a video belongs to its last bin.
LAST_S = 0.01


@dataclass(frozen=True, slots=True)
class VideoAct:
    """`back`: a jump back from `end` to `begin`; `pause` and `stuck`: at `begin`. In seconds."""

    learner: int
    name: str
    begin: float
    end: float


@dataclass(frozen=True, slots=True)
class VideoRecords:
    """All records of a video: acts, watched ranges by learner, and the first Sitting."""

    acts: Sequence[VideoAct]
    watched: Mapping[int, Sequence[float]]
    since: datetime | None


def load_records(unit: Unit, learners: Collection[int]) -> VideoRecords:
    """Load the records of these Learners. Watched ranges are the union of `courses.completion`."""
    length = unit.video.duration_s
    with connection.cursor() as cursor:
        cursor.execute(PLAYHEADS_SQL, [unit.pk, list(learners)])
        acts = [_make_act(row, length) for row in cursor.fetchall()]
    rows = Completion.objects.filter(unit=unit, learner__any_of=learners)
    first = Sitting.objects.filter(unit=unit, learner__any_of=learners).aggregate(
        at=Min("began_at")
    )
    return VideoRecords(acts, dict(rows.values_list("learner", "watched")), first["at"])


def _make_act(row: tuple[int, str, float, float], length: float) -> VideoAct:
    learner, name, head, before = row
    begin, end = (min(length - LAST_S, max(0.0, second)) for second in (head, before))
    return VideoAct(learner, "back" if name == "seek" else name, begin, end)
