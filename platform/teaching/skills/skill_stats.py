"""A group's tries and "I'm stuck" reports for each skill of a course, in two queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from courses.models import Course

SHARES_SQL = """
WITH tried AS (
  SELECT r.learner_id AS learner, r.question_id AS question,
         (array_agg(r.correct ORDER BY r.answered_at, r.id))[1] AS at_once,
         bool_or(r.correct) AS in_the_end,
         (array_agg(r.correct ORDER BY r.answered_at, r.id) FILTER (WHERE r.hints_used > 0))[1]
           AS after_help
  FROM courses_response r JOIN courses_question q ON q.id = r.question_id
  WHERE q.course_id = %s AND (q.unit_id IS NOT NULL OR q.in_bank) AND r.learner_id = ANY(%s)
  GROUP BY r.learner_id, r.question_id
)
SELECT a.skill_id, learner, avg(at_once::int), avg(in_the_end::int), avg(after_help::int)
FROM tried JOIN courses_questionskill a ON a.question_id = tried.question
GROUP BY a.skill_id, learner
"""
# "I'm stuck" in a quiz belongs to the question touched next, else to the last one; in a video or a
# reading, to all skills that it teaches.
STUCK_SQL = """
WITH reports AS (
  SELECT e.sitting_id AS sitting, e.t, s.learner_id AS learner, u.id AS unit, u.kind
  FROM telemetry_event e JOIN telemetry_sitting s ON s.id = e.sitting_id
  JOIN courses_unit u ON u.id = s.unit_id
  WHERE e.name = 'stuck' AND u.course_id = %s AND s.learner_id = ANY(%s)
)
SELECT skill, count(DISTINCT learner) FROM (
  SELECT a.skill_id AS skill, reports.learner FROM reports
  CROSS JOIN LATERAL (
    SELECT n.ref FROM telemetry_event n WHERE n.sitting_id = reports.sitting AND n.ref IS NOT NULL
    ORDER BY n.t < reports.t, abs(n.t - reports.t) LIMIT 1) touched
  JOIN courses_question q ON q.code = touched.ref
  JOIN courses_questionskill a ON a.question_id = q.id
  WHERE reports.kind = 'quiz'
  UNION ALL
  SELECT t.skill_id, reports.learner FROM reports
  JOIN courses_unitskill t ON t.unit_id = reports.unit
  WHERE reports.kind <> 'quiz') skills_stuck
GROUP BY skill
"""


@dataclass(frozen=True, slots=True)
class SkillShares:
    """One learner's shares of correct questions on one skill; `after_help` None = no help used."""

    at_once: float
    in_the_end: float
    after_help: float | None


def load_skill_shares(course: Course, learners: Collection[int]) -> Mapping[int, list[SkillShares]]:
    """Return by skill one entry for each learner who tried a question of it."""
    found: dict[int, list[SkillShares]] = defaultdict(list)
    for skill, _, at_once, in_the_end, after in _query(SHARES_SQL, course, learners):
        helped = None if after is None else float(after)
        found[skill].append(SkillShares(float(at_once), float(in_the_end), helped))
    return found


def count_stuck(course: Course, learners: Collection[int]) -> Mapping[int, int]:
    """Return by skill how many learners pressed "I'm stuck"."""
    return dict(_query(STUCK_SQL, course, learners))


def _query(sql: str, course: Course, learners: Collection[int]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [course.pk, list(learners)])
        return list(cursor.fetchall())
