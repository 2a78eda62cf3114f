"""What stands of a class picture: its cells, without those that have lost somebody (I-22)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from teaching.picture.model import Cell, Member, Publication, withdraw_cells
from teaching.picture.parts import Part
from teaching.picture.shares import Picture

# A Member whose Grants saw anything but a renewed yes since the snapshot was taken, or who
# corrected an Estimate of that quarter afterwards, or deleted the last ten minutes, with what was
# made in them, at most as late as `admitting` counts it.
GONE = """
SELECT m.id FROM teaching_member m
JOIN teaching_cell c ON c.id = m.cell_id AND c.state = 'published'
JOIN teaching_publication p ON p.id = c.publication_id
WHERE EXISTS (
  SELECT 1 FROM unnest(m.scopes, m.epochs) AS s(scope, epoch)
  LEFT JOIN consent_grant g ON g.learner = m.learner_id AND g.scope = s.scope
    AND g.live AND (g.epoch = s.epoch OR g.epoch - s.epoch = (
      SELECT count(*) FROM consent_event v
      WHERE v.learner = m.learner_id AND v.scope = s.scope
        AND v.epoch > s.epoch AND v.verb IN ('grant', 'assent', 'guardian_grant')))
  WHERE g.id IS NULL)
OR cardinality(m.scopes) > 0 AND EXISTS (
  SELECT 1 FROM estimates_dispute d
  JOIN estimates_affectestimate e ON e.id = d.estimate_id
  JOIN estimates_predictor k ON k.id = e.predictor AND k.kind = 'affect'
  JOIN telemetry_sitting t ON t.id = e.sitting
  JOIN courses_unit u ON u.id = t.unit_id AND u.course_id = p.course_id
  WHERE d.learner_id = m.learner_id AND d.id > c.last_dispute
    AND t.began_at + make_interval(secs => 5 * e.cut) >= p.quarter
    AND t.began_at + make_interval(secs => 5 * e.cut) < p.quarter + interval '15 minutes')
OR EXISTS (
  SELECT 1 FROM consent_event v
  WHERE v.learner = m.learner_id AND v.verb = 'forget_last'
    AND split_part(v.scope, ':', 1) || ':teach' = ANY(m.scopes)
    AND v.at >= p.quarter AND v.at - interval '20 minutes' < p.quarter + interval '15 minutes')
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """One part as it may be shown; `picture` None = fewer than `floor` people."""

    picture: Picture | None
    stuck: int | None
    got_it: int | None
    floor: int


def read(publication: Publication) -> dict[Part, Cell]:
    """The cells of a class picture, without those that have lost somebody."""
    withdraw_gone()
    cells = Cell.objects.filter(publication=publication)
    return {Part(cell.unit_id, cell.chapter, cell.skill_id): cell for cell in cells}


def as_shown(cell: Cell) -> Shown | None:
    """None = withdrawn."""
    if cell.state == "withdrawn":
        return None
    shares = dict(zip(cell.labels, cell.shares, strict=True))
    found = Picture(cell.n, shares, cell.abstain or 0, cell.simulated) if cell.n else None
    return Shown(found, cell.stuck, cell.got_it, cell.floor)


def withdraw_gone() -> int:
    """Withdraw each published cell that lost one of its people; say how many members had gone."""
    with connection.cursor() as cursor:
        cursor.execute(GONE)
        gone = [row[0] for row in cursor.fetchall()]
    return withdraw_cells(Member.objects.filter(pk__in=gone)) if gone else 0
