"""Withdraw the cells that lost a member (I-22)."""

from __future__ import annotations

from django.db import connection

from estimates.models.group_figures import (
    Member,
    Publication,
    withdraw_courses,
    withdraw_quarters,
)

# A Member whose Grants changed in any way but a renewal since the snapshot (`ended`); or who
# corrected an Estimate of that time later, or deleted the last ten minutes (`changed`). The time
# span is the one in which `eligible_estimates` counts Estimates.
MEMBERS_GONE = """
SELECT id, cell_id, ended FROM (
  SELECT m.id, m.cell_id, EXISTS (
    SELECT 1 FROM unnest(m.scopes, m.epochs) AS s(scope, epoch)
    LEFT JOIN consent_grant g ON g.learner = m.learner_id AND g.scope = s.scope
      AND g.live AND (g.epoch = s.epoch OR g.epoch - s.epoch = (
        SELECT count(*) FROM consent_event v
        WHERE v.learner = m.learner_id AND v.scope = s.scope
          AND v.epoch > s.epoch AND v.verb IN ('grant', 'assent', 'guardian_grant')))
    WHERE g.id IS NULL) AS ended,
  c.kind <> 'behaviour' AND m.scopes <> '{}' AND m.scopes <> '{reports:teach}' AND EXISTS (
    SELECT 1 FROM estimates_dispute d
    JOIN estimates_affectestimate e ON e.id = d.estimate_id
    JOIN estimates_predictor k ON k.id = e.predictor AND k.kind = 'affect'
    JOIN telemetry_sitting t ON t.id = e.sitting
    JOIN courses_unit u ON u.id = t.unit_id AND u.course_id = p.course_id
    WHERE d.learner_id = m.learner_id AND d.id > c.last_dispute
      AND t.began_at + make_interval(secs => 5 * e.cut) >= coalesce(p.since, p.quarter)
      AND t.began_at + make_interval(secs => 5 * e.cut) < p.quarter + interval '15 minutes')
  OR c.kind = 'behaviour' AND EXISTS (
    SELECT 1 FROM estimates_disputedsitting d
    JOIN estimates_behaviourestimate e ON e.sitting = d.sitting
    JOIN telemetry_sitting t ON t.id = d.sitting
    JOIN courses_unit u ON u.id = t.unit_id AND u.course_id = p.course_id
    WHERE d.learner_id = m.learner_id AND d.id > c.last_dispute
      AND t.began_at + make_interval(secs => 5 * e.cut) >= coalesce(p.since, p.quarter)
      AND t.began_at + make_interval(secs => 5 * e.cut) < p.quarter + interval '15 minutes')
  OR EXISTS (
    SELECT 1 FROM consent_event v
    WHERE v.learner = m.learner_id AND v.verb = 'forget_last'
      AND split_part(v.scope, ':', 1) || ':' || p.audience = ANY(m.scopes)
      AND v.at >= coalesce(p.since, p.quarter)
      AND v.at - interval '20 minutes' < p.quarter + interval '15 minutes'
  ) AS changed
  FROM estimates_member m
  JOIN estimates_cell c ON c.id = m.cell_id AND c.state = 'published'
  JOIN estimates_publication p ON p.id = c.publication_id
  WHERE %(publication)s::bigint IS NULL OR p.id = %(publication)s
) AS found WHERE ended OR changed
"""


def withdraw_gone() -> int:
    """Withdraw the cells that lost a member; return how many members were lost.

    All other cells of real people go with them: in the whole course if a Grant ended, otherwise in
    the quarter.
    """
    gone = _members_gone()
    ended = [member for member, _, grant_ended in gone if grant_ended]
    changed = [member for member, _, grant_ended in gone if not grant_ended]
    if ended:
        withdraw_courses(Member.objects.filter(pk__in=ended))
    if changed:
        withdraw_quarters(Member.objects.filter(pk__in=changed))
    return len(gone)


def cells_losing_people(publication: Publication) -> set[int]:
    """Return the ids of its cells that lost a member and are not withdrawn yet."""
    return {cell for _, cell, _ in _members_gone(publication)}


def _members_gone(publication: Publication | None = None) -> list[tuple[int, int, bool]]:
    """Return (member id, cell id, whether a Grant ended) of each member lost.

    They are those of one Publication, or else of all.
    """
    only = publication.pk if publication else None
    with connection.cursor() as cursor:
        cursor.execute(MEMBERS_GONE, {"publication": only})
        return list(cursor.fetchall())
