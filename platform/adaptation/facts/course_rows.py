"""The course rows that facts of one Sitting are made of, read under the Permit of its course."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from consent.gate import Permit
from courses.models import QuestionSkill, Response
from estimates import reports
from estimates.reports import Said
from telemetry.models import Event, Sitting

RECENT = timedelta(minutes=10)
SAID_HOLDS = timedelta(minutes=5)
# As far back as a Learner's own usual is taken from.
MOST_PAST = 200


@dataclass(frozen=True, slots=True)
class Past:
    """One answer of this Learner in this course, of whichever Sitting, and the skills it was on."""

    question: int
    skills: frozenset[int]
    correct: bool
    hints: int
    ms: int
    at: datetime
    draw: int | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """The course rows of one Sitting that facts are made of, oldest first; `past` = the Learner's
    answers in this course, of earlier Sittings too."""

    sitting: Sitting
    events: Sequence[Event]
    responses: Sequence[Response]
    said: Sequence[Said]
    past: Sequence[Past]


def read(sitting: Sitting, permit: Permit, *, now: datetime) -> Course:
    """Load what had happened lately by `now`; the Permit is that of scope `course`."""
    t = (now - sitting.began_at).total_seconds()
    events = Event.objects.filter(
        sitting=sitting, t__gte=t - RECENT.total_seconds(), t__lte=t
    ).order_by("t")
    responses = Response.objects.filter(sitting=sitting.id, answered_at__lte=now)
    responses = responses.order_by("answered_at").select_related("question__unit")
    responses = responses.prefetch_related("question__skills")
    said = [word for word in reports.said_since(permit, now - SAID_HOLDS) if word.at <= now]
    past = past_of(sitting, now=now)
    return Course(sitting, list(events), list(responses), said, past)


def past_of(sitting: Sitting, *, now: datetime) -> list[Past]:
    """The Learner's answers in this course up to `now`, oldest first."""
    rows = Response.objects.filter(
        learner=sitting.learner, question__course=sitting.unit.course_id, answered_at__lte=now
    ).order_by("-answered_at")
    fields = ("question_id", "correct", "hints_used", "elapsed_ms", "answered_at", "draw")
    found = list(rows.values_list(*fields)[:MOST_PAST])
    skills = _skills({row[0] for row in found})
    return [
        Past(question, skills.get(question, frozenset()), correct, hints, ms, at, draw)
        for question, correct, hints, ms, at, draw in reversed(found)
    ]


def _skills(questions: Collection[int]) -> dict[int, frozenset[int]]:
    if not questions:
        return {}
    found: dict[int, set[int]] = {}
    rows = QuestionSkill.objects.filter(question__in=questions)
    for question, skill in rows.values_list("question_id", "skill_id"):
        found.setdefault(question, set()).add(skill)
    return {question: frozenset(skills) for question, skills in found.items()}
