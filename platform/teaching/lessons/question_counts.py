"""Count first tries, hints and "I'm stuck" for each question of a lesson, without unsealing.

One query, and two more for a quiz. The counts are of a group from
`teaching.groups.group_filter`; nothing names a Learner.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from courses.attempt_questions import OPEN_KINDS
from courses.models import Question, Unit
from teaching.lessons.lesson_list import Lesson

FIRST_TRIES_SQL = """
SELECT question, count(*), count(*) FILTER (WHERE NOT at_once), count(*) FILTER (WHERE hints > 0)
FROM (
  SELECT r.question_id AS question, max(r.hints_used) AS hints,
         (array_agg(r.correct ORDER BY r.answered_at, r.id))[1] AS at_once
  FROM courses_response r WHERE r.question_id = ANY(%s) AND r.learner_id = ANY(%s)
  GROUP BY r.question_id, r.learner_id
) tried GROUP BY question
"""
# "I'm stuck" in a quiz belongs to the question touched next, else to the last one, as on the page
# of the skills.
STUCK_SQL = """
SELECT q.id, count(DISTINCT reports.learner) FROM (
  SELECT e.sitting_id AS sitting, e.t, s.learner_id AS learner
  FROM telemetry_event e JOIN telemetry_sitting s ON s.id = e.sitting_id
  WHERE e.name = 'stuck' AND s.unit_id = %s AND s.learner_id = ANY(%s)
) reports
CROSS JOIN LATERAL (
  SELECT n.ref FROM telemetry_event n WHERE n.sitting_id = reports.sitting AND n.ref IS NOT NULL
  ORDER BY n.t < reports.t, abs(n.t - reports.t) LIMIT 1) touched
JOIN courses_question q ON q.code = touched.ref
GROUP BY q.id
"""
OPENED_SQL = """
SELECT unit_id, count(DISTINCT learner_id) FROM telemetry_sitting
WHERE unit_id = %s AND learner_id = ANY(%s) GROUP BY unit_id
"""


@dataclass(frozen=True, slots=True)
class QuestionCounts:
    """People who tried a question, were wrong at the first try, used a hint, or said "stuck".

    `could_ask`: people who opened the quiz or tried the question. One can be stuck without a try.
    """

    tried: int = 0
    wrong: int = 0
    helped: int = 0
    stuck: int = 0
    could_ask: int = 0


def list_questions(lesson: Lesson) -> list[Question]:
    """Return the questions in the video by time, then those of the quiz; without variants.

    An answer that people mark is neither right nor wrong, so such questions are left out.
    """
    rows = Question.objects.filter(unit__in=lesson.units, sibling=None).exclude(kind__in=OPEN_KINDS)
    in_video = rows.filter(time_s__isnull=False).order_by("time_s", "id")
    in_quiz = rows.filter(time_s=None, position__isnull=False).order_by("position")
    return [*in_video, *in_quiz]


def count_questions(
    questions: Iterable[Question], quiz: Unit | None, learners: Collection[int]
) -> Mapping[int, QuestionCounts]:
    """Return the counts by question pk; an untried question has zeros."""
    keys, people = [question.pk for question in questions], list(learners)
    found = {row[0]: row[1:] for row in _query(FIRST_TRIES_SQL, [keys, people])}
    stuck: dict[int, int] = {}
    opened = 0
    if quiz is not None:
        stuck = {row[0]: row[1] for row in _query(STUCK_SQL, [quiz.pk, people])}
        opened = sum(row[1] for row in _query(OPENED_SQL, [quiz.pk, people]))
    return {
        key: QuestionCounts(tried, wrong, helped, stuck.get(key, 0), max(opened, tried))
        for key in keys
        for tried, wrong, helped in [found.get(key, (0, 0, 0))]
    }


def _query(sql: str, values: list[Any]) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
