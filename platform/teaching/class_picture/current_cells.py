"""What stands of a class picture: its cells, without those that have lost somebody (I-22)."""

from __future__ import annotations

from django.db import connection

from teaching.class_picture.course_sections import Part
from teaching.class_picture.models import (
    Cell,
    Member,
    Publication,
    withdraw_courses,
    withdraw_quarters,
)

# A Member whose Grants saw anything but a renewed yes since the snapshot was taken (`ended`), or
# who corrected an Estimate of that quarter afterwards, or deleted the last ten minutes, with what
# was made in them, at most as late as `eligible_estimates` counts it.
GONE = """
SELECT id, cell_id, ended FROM (
  SELECT m.id, m.cell_id, EXISTS (
    SELECT 1 FROM unnest(m.scopes, m.epochs) AS s(scope, epoch)
    LEFT JOIN consent_grant g ON g.learner = m.learner_id AND g.scope = s.scope
      AND g.live AND (g.epoch = s.epoch OR g.epoch - s.epoch = (
        SELECT count(*) FROM consent_event v
        WHERE v.learner = m.learner_id AND v.scope = s.scope
          AND v.epoch > s.epoch AND v.verb IN ('grant', 'assent', 'guardian_grant')))
    WHERE g.id IS NULL) AS ended,
  m.scopes <> '{}' AND m.scopes <> '{reports:teach}' AND EXISTS (
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
      AND v.at >= p.quarter AND v.at - interval '20 minutes' < p.quarter + interval '15 minutes'
  ) AS changed
  FROM teaching_member m
  JOIN teaching_cell c ON c.id = m.cell_id AND c.state = 'published'
  JOIN teaching_publication p ON p.id = c.publication_id
) AS found WHERE ended OR changed
"""


def read(publication: Publication) -> dict[Part, Cell]:
    """The cells of a class picture, without those that have lost somebody."""
    withdraw_gone()
    return load_cells(publication)


def load_cells(publication: Publication) -> dict[Part, Cell]:
    """The cells of a class picture as their rows are now."""
    cells = Cell.objects.filter(publication=publication)
    return {Part(cell.unit_id, cell.chapter, cell.skill_id): cell for cell in cells}


def withdraw_gone() -> int:
    """Withdraw the cells that lost one of their people; return how many members had gone.

    With them go all others: of the course where a Grant ended, else of the quarter.
    """
    gone = _gone()
    ended = [member for member, _, grant_ended in gone if grant_ended]
    changed = [member for member, _, grant_ended in gone if not grant_ended]
    if ended:
        withdraw_courses(Member.objects.filter(pk__in=ended))
    if changed:
        withdraw_quarters(Member.objects.filter(pk__in=changed))
    return len(gone)


def cells_losing_people() -> set[int]:
    """Return the cells that lost one of their people and are not withdrawn yet."""
    return {cell for _, cell, _ in _gone()}


def _gone() -> list[tuple[int, int, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(GONE)
        return list(cursor.fetchall())
