"""Course records of many people, collected and then stored in bulk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

from adaptation.models import Intervention
from consent.permits import gate
from courses.models import Completion, Course, Question, Response, Unit
from courses.questions import question_versions
from courses.watched_intervals import watched_seconds
from estimates import self_reports
from estimates.knowledge import mastery
from estimates.models import MasteryEstimate
from telemetry.models import Event, Sitting

BATCH = 2000


@dataclass(frozen=True, slots=True)
class CourseContent:
    """The units and questions of a course by pk, and the stored wording of each question."""

    units: Mapping[int, Unit]
    questions: Mapping[int, Question]
    contents: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class PupilReport:
    """What a person says about a visit, at second `t` of it."""

    sitting: Sitting
    t: float
    label: str
    at: datetime


@dataclass(slots=True)
class ClassRecords:
    """Rows that are not stored yet."""

    sittings: list[Sitting] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    completions: list[Completion] = field(default_factory=list)
    decisions: list[Intervention] = field(default_factory=list)
    reports: list[PupilReport] = field(default_factory=list)

    def store(self) -> None:
        """Store all rows; what a lesson taken together completed before stays as it is."""
        Sitting.objects.bulk_create(self.sittings, batch_size=BATCH)
        Event.objects.bulk_create(self.events, batch_size=BATCH)
        Response.objects.bulk_create(self.responses, batch_size=BATCH)
        Intervention.objects.bulk_create(self.decisions, batch_size=BATCH)
        Completion.objects.bulk_create(self.completions, batch_size=BATCH, ignore_conflicts=True)


def store_reports(reports: Sequence[PupilReport], *, now: datetime) -> None:
    """Store the self-reports as a page does; an account that is gone has none."""
    people = {report.sitting.learner.code for report in reports}
    permits = gate.permits_of_people(people, ["course"], now=now)
    for report in reports:
        permit = permits[report.sitting.learner.code].granted.get("course")
        if permit is not None:
            self_reports.store(
                report.sitting, uuid4(), report.t, report.label, permit, now=report.at
            )


def load_content(course: Course) -> CourseContent:
    """Load the units and questions of a course, and store the wordings that are not stored."""
    units = {unit.pk: unit for unit in course.units.select_related("video")}
    rows = Question.objects.filter(course=course).select_related("unit").prefetch_related("skills")
    questions = {question.pk: question for question in rows}
    contents = question_versions.store_contents(questions.values())
    return CourseContent(
        units, questions, dict(zip(questions, (each.pk for each in contents), strict=True))
    )


def make_watched(learner: int, unit: Unit, until: float, *, now: datetime) -> Completion:
    """Return the record of a video that was watched from its beginning to second `until`."""
    length, watched = unit.video.duration_s, [0.0, until]
    done = watched_seconds(watched) / length >= unit.threshold
    return Completion(
        learner_id=learner,
        unit=unit,
        watched=watched,
        resume_s=0.0 if done else until,
        done_at=now if done else None,
        updated_at=now,
    )


def estimate_mastery(responses: Sequence[Response], *, now: datetime) -> int:
    """Trace each skill of each Learner through these answers; return how many were traced."""
    pairs = {
        (response.learner_id, skill.pk)
        for response in responses
        for skill in response.question.skills.all()
    }
    MasteryEstimate.objects.bulk_create(
        (
            MasteryEstimate(learner_id=learner, skill_id=skill, sealed=b"", due_at=now)
            for learner, skill in sorted(pairs)
        ),
        ignore_conflicts=True,
    )
    return mastery.refine_due(now=now)
