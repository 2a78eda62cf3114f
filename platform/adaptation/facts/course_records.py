"""The course rows behind the facts of Sittings, read under the Permits of their course."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Prefetch

from consent.permits.gate import Permit
from courses.models import Question, Response
from estimates import self_reports
from estimates.self_reports import OpenedReport
from telemetry.models import Event, Sitting

RECENT = timedelta(minutes=10)
REPORT_LASTS = timedelta(minutes=5)
# The number of answers from which a Learner's usual pace is computed.
MAX_PAST = 200
NO_SKILLS: frozenset[int] = frozenset()
EVENTS_SQL = """
SELECT e.* FROM unnest(%s::uuid[], %s::float8[], %s::float8[]) AS w(sitting, since, t)
JOIN telemetry_event e ON e.sitting_id = w.sitting AND e.t >= w.since AND e.t <= w.t
ORDER BY e.t
"""
# The newest come first, so that the oldest are left out. The answers of a Learner come as one row;
# the skills of all questions follow, each as a row of place 0 with its skills in place of hints.
PAST_SQL = """
WITH past AS MATERIALIZED (
  SELECT w.place, found.* FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[])
    WITH ORDINALITY AS w(learner, course, at, place), LATERAL (
    SELECT array_agg(question_id) AS questions, array_agg(correct) AS rights,
      array_agg(hints_used::bigint) AS hints_or_skills, array_agg(elapsed_ms) AS times,
      array_agg(draw) AS draws
    FROM (
      SELECT r.question_id, r.correct, r.hints_used, r.elapsed_ms, r.draw
      FROM courses_response r JOIN courses_question q ON q.id = r.question_id
      WHERE r.learner_id = w.learner AND q.course_id = w.course AND r.answered_at <= w.at
      ORDER BY r.answered_at DESC, r.id DESC LIMIT %s
    ) AS answer
  ) AS found WHERE found.questions IS NOT NULL
)
SELECT place, questions, hints_or_skills, rights, times, draws FROM past
UNION ALL
SELECT 0, ARRAY[question_id], array_agg(skill_id), NULL, NULL, NULL
FROM courses_questionskill
WHERE question_id IN (SELECT unnest(questions) FROM past) GROUP BY question_id
"""


class PastAnswer(NamedTuple):
    """One answer of this Learner in this course, in any Sitting, and its skills."""

    question: int
    skills: frozenset[int]
    correct: bool
    hints: int
    ms: int
    draw: int | None = None


@dataclass(frozen=True, slots=True)
class CourseRecords:
    """The course rows of one Sitting, oldest first.

    `past` has the Learner's answers in this course, including earlier Sittings.
    """

    sitting: Sitting
    events: Sequence[Event]
    responses: Sequence[Response]
    said: Sequence[OpenedReport]
    past: Sequence[PastAnswer]


@dataclass(frozen=True, slots=True)
class RecordsRequest:
    """A moment of a Sitting, and the Permit of scope `course` for reading its rows."""

    sitting: Sitting
    permit: Permit
    now: datetime

    @property
    def t(self) -> float:
        return (self.now - self.sitting.began_at).total_seconds()


def read(sitting: Sitting, permit: Permit, *, now: datetime) -> CourseRecords:
    """Load the recent rows as of `now`; the Permit is that of scope `course`."""
    (course,) = read_each([RecordsRequest(sitting, permit, now)])
    return course


def read_each(requests: Sequence[RecordsRequest]) -> list[CourseRecords]:
    """Load the rows of many Sittings in the same number of queries as for one."""
    events, responses = _load_events(requests), _load_responses(requests)
    said = self_reports.reports_by([each.permit for each in requests], _reports_since(requests))
    past = _load_past(requests)
    return [
        CourseRecords(
            each.sitting,
            events.get(each.sitting.id, []),
            [one for one in responses.get(each.sitting.id, []) if one.answered_at <= each.now],
            _select_recent(said.get(each.permit.subject, []), each.now),
            past[n],
        )
        for n, each in enumerate(requests)
    ]


def _reports_since(requests: Sequence[RecordsRequest]) -> datetime:
    return min(each.now for each in requests) - REPORT_LASTS


def _select_recent(reports: Sequence[OpenedReport], now: datetime) -> list[OpenedReport]:
    return [report for report in reports if now - REPORT_LASTS <= report.at <= now]


def _load_events(requests: Sequence[RecordsRequest]) -> dict[UUID, list[Event]]:
    columns: list[list[Any]] = [
        [each.sitting.id for each in requests],
        [each.t - RECENT.total_seconds() for each in requests],
        [each.t for each in requests],
    ]
    found: dict[UUID, list[Event]] = {}
    for event in Event.objects.raw(EVENTS_SQL, columns):
        found.setdefault(event.sitting_id, []).append(event)
    return found


def _load_responses(requests: Sequence[RecordsRequest]) -> dict[UUID, list[Response]]:
    """Return responses with question, unit and skills; each question is loaded once for all."""
    rows = Response.objects.filter(
        sitting__in=[each.sitting.id for each in requests],
        answered_at__lte=max(each.now for each in requests),
    ).defer("given_sealed")
    questions = Question.objects.select_related("unit").prefetch_related("skills")
    rows = rows.prefetch_related(Prefetch("question", questions))
    found: dict[UUID, list[Response]] = {}
    for row in rows.order_by("answered_at", "id"):
        if row.sitting is not None:
            found.setdefault(row.sitting, []).append(row)
    return found


def _load_past(requests: Sequence[RecordsRequest]) -> list[list[PastAnswer]]:
    """Return the Learners' answers in their courses up to then, oldest first."""
    columns: list[list[Any]] = [
        [each.sitting.learner_id for each in requests],
        [each.sitting.unit.course_id for each in requests],
        [each.now for each in requests],
    ]
    with connection.cursor() as cursor:
        cursor.execute(PAST_SQL, [*columns, MAX_PAST])
        rows = cursor.fetchall()
    skills = {questions[0]: frozenset(skills) for place, questions, skills, *_ in rows if not place}
    found: list[list[PastAnswer]] = [[] for _ in requests]
    for place, questions, hints, rights, times, draws in rows:
        if place:
            theirs = [skills.get(question, NO_SKILLS) for question in questions]
            newest = zip(questions, theirs, rights, hints, times, draws, strict=True)
            found[place - 1] = list(map(PastAnswer._make, newest))[::-1]
    return found
