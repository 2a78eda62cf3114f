"""First tries, hints and "I'm stuck" of a lesson's questions by learner, without unsealing.

One query, and two more for a quiz. The records are of a group from `teaching.groups.group_filter`;
only counts and means of at least the floor leave `teaching.lessons`.
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
SELECT r.question_id, r.learner_id,
       NOT (array_agg(r.correct ORDER BY r.answered_at, r.id))[1], max(r.hints_used)
FROM courses_response r WHERE r.question_id = ANY(%s) AND r.learner_id = ANY(%s)
GROUP BY r.question_id, r.learner_id
"""
# "I'm stuck" in a quiz belongs to the question touched next, else to the last one, as on the page
# of the skills.
STUCK_SQL = """
SELECT q.id, reports.learner, count(*) FROM (
  SELECT e.sitting_id AS sitting, e.t, s.learner_id AS learner
  FROM telemetry_event e JOIN telemetry_sitting s ON s.id = e.sitting_id
  WHERE e.name = 'stuck' AND s.unit_id = %s AND s.learner_id = ANY(%s)
) reports
CROSS JOIN LATERAL (
  SELECT n.ref FROM telemetry_event n WHERE n.sitting_id = reports.sitting AND n.ref IS NOT NULL
  ORDER BY n.t < reports.t, abs(n.t - reports.t) LIMIT 1) touched
JOIN courses_question q ON q.code = touched.ref
GROUP BY q.id, reports.learner
"""
OPENED_SQL = """
SELECT DISTINCT learner_id FROM telemetry_sitting WHERE unit_id = %s AND learner_id = ANY(%s)
"""


@dataclass(frozen=True, slots=True)
class FirstTry:
    """Whether a learner was wrong at the first try, and the most hints in any."""

    is_wrong: bool
    hints: int


@dataclass(frozen=True, slots=True)
class QuestionRecords:
    """What each learner did at one question.

    `could_ask`: learners who opened the quiz or tried the question. One can be stuck without a try.
    `stuck`: presses by learner.
    """

    tries: Mapping[int, FirstTry]
    stuck: Mapping[int, int]
    could_ask: frozenset[int]

    @property
    def count_tried(self) -> int:
        return len(self.tries)

    @property
    def count_wrong(self) -> int:
        return sum(each.is_wrong for each in self.tries.values())

    @property
    def count_helped(self) -> int:
        return sum(each.hints > 0 for each in self.tries.values())


def list_questions(lesson: Lesson) -> list[Question]:
    """Return the questions in the video by time, then those of the quiz; without variants.

    An answer that people mark is neither right nor wrong, so such questions are left out.
    """
    rows = Question.objects.filter(unit__in=lesson.units, sibling=None).exclude(kind__in=OPEN_KINDS)
    in_video = rows.filter(time_s__isnull=False).order_by("time_s", "id")
    in_quiz = rows.filter(time_s=None, position__isnull=False).order_by("position")
    return [*in_video, *in_quiz]


def load_question_records(
    questions: Iterable[Question], quiz: Unit | None, learners: Collection[int]
) -> Mapping[int, QuestionRecords]:
    """Return the records by question pk; an untried question has none."""
    keys, people = [question.pk for question in questions], list(learners)
    tries: dict[int, dict[int, FirstTry]] = {key: {} for key in keys}
    for question, learner, is_wrong, hints in _query(FIRST_TRIES_SQL, [keys, people]):
        tries[question][learner] = FirstTry(bool(is_wrong), hints)
    stuck: dict[int, dict[int, int]] = {key: {} for key in keys}
    opened: frozenset[int] = frozenset()
    if quiz is not None:
        for question, learner, presses in _query(STUCK_SQL, [quiz.pk, people]):
            stuck.setdefault(question, {})[learner] = presses
        opened = frozenset(row[0] for row in _query(OPENED_SQL, [quiz.pk, people]))
    return {
        key: QuestionRecords(tries[key], stuck[key], opened | frozenset(tries[key])) for key in keys
    }


def _query(sql: str, values: list[Any]) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
