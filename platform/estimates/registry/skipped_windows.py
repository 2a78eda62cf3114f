"""Counts of the Windows that each Predictor in use did not process in time."""

from __future__ import annotations

from django.db import connection

from estimates.registry.predictors import LABELS, SHOWN_KIND

# A Predictor skips those of its own hops alone. Windows with nothing sensed are counted too.
SKIPPED = """
SELECT p.kind, count(w.id)
FROM (SELECT kind, coalesce((card->>'hop_s')::numeric, 0) AS hop_s
  FROM estimates_predictor WHERE active AND kind = ANY(%s)) AS p
LEFT JOIN telemetry_window w
  ON w.state IN ('late', 'unseen') AND (w.state = 'late' OR p.kind <> %s)
  AND (p.hop_s <= 0 OR mod(5 * w.cut + 5, p.hop_s) = 0)
GROUP BY p.kind
"""


def count_skipped() -> dict[str, int]:
    """Return by kind how many stored Windows the Predictor in use did not process in time."""
    with connection.cursor() as cursor:
        cursor.execute(SKIPPED, [list(LABELS), SHOWN_KIND])
        return dict(cursor.fetchall())
