"""Rows for tests: plain functions, each with a sensible default for everything."""

from __future__ import annotations

import hashlib
import itertools
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.db import connection

from accounts.models import User
from courses.models import (
    CaptionTrack,
    Course,
    Enrolment,
    Hint,
    Question,
    QuestionSkill,
    Reading,
    Response,
    Skill,
    Unit,
    Video,
)

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
_numbers = itertools.count(1)


def make_user(login: str = "", *, roles: Sequence[str] = ("learner",), **fields: object) -> User:
    """A person without keys; use accounts.people.make_person where the name is read."""
    digest = hashlib.sha256((login or f"person-{next(_numbers)}").encode()).hexdigest()
    return User.objects.create(
        login_digest=digest,
        name_sealed=b"\x01",
        login_sealed=b"\x01",
        roles=list(roles),
        password="!unusable",
        created_at=NOW,
        **fields,
    )


def make_course(slug: str = "", *, title: str = "Elementary algebra") -> Course:
    return Course.objects.create(
        slug=slug or f"course-{next(_numbers)}",
        title=title,
        description="Four short lectures.",
        licence_name="CC BY 4.0",
        attribution="Attune authors, Elementary algebra in four lessons, CC BY 4.0",
    )


def make_skill(course: Course | None = None, slug: str = "") -> Skill:
    slug = slug or f"skill-{next(_numbers)}"
    return Skill.objects.create(
        course=course or make_course(), ref=slug, slug=slug, name=slug.replace("-", " ")
    )


def make_unit(course: Course | None = None, *, kind: str = "reading", title: str = "") -> Unit:
    """A bare unit at the end of the course."""
    course = course or make_course()
    number = next(_numbers)
    return Unit.objects.create(
        course=course,
        ref=f"{kind}-{number}",
        position=course.units.count() + 1,
        kind=kind,
        title=title or f"{kind.capitalize()} {number}",
    )


def make_reading_unit(course: Course | None = None) -> Unit:
    unit = make_unit(course, kind="reading")
    Reading.objects.create(unit=unit, source="An equation.", html="<p>An equation.</p>")
    return unit


def make_video_unit(course: Course | None = None, *, duration_s: float = 100.0) -> Unit:
    """A video of 100 s with two chapters and one caption track; its files do not exist."""
    unit = make_unit(course, kind="video")
    video = Video.objects.create(
        unit=unit,
        file=f"{unit.course.code}/lecture.mp4",
        poster=f"{unit.course.code}/lecture.png",
        duration_s=duration_s,
        chapters=[
            {"start": 0, "end": duration_s / 2, "title": "What an equation says"},
            {"start": duration_s / 2, "end": duration_s, "title": "Undo an addition"},
        ],
    )
    CaptionTrack.objects.create(
        video=video,
        position=1,
        lang="en",
        label="English",
        file=f"{unit.course.code}/lecture.en.vtt",
        default=True,
        cues=[{"start": 1.0, "end": 4.0, "text": "An equation says two things are equal."}],
    )
    return unit


def make_quiz_unit(
    course: Course | None = None, *, questions: int = 3, skill: Skill | None = None
) -> Unit:
    """A quiz with numeric questions, each with an easier sibling and three hints."""
    unit = make_unit(course, kind="quiz")
    skill = skill or make_skill(unit.course)
    for _ in range(questions):
        place = make_question(unit, skills=[skill])
        make_hints(place)
        make_variant(place)
    return unit


def make_question(
    unit: Unit | None = None,
    *,
    kind: str = "numeric",
    answer: str = "5",
    skills: Sequence[Skill] | None = None,
    position: int | None = None,
    **fields: object,
) -> Question:
    """A question at the next place of `unit` (a new quiz unless given)."""
    unit = unit or make_unit(kind="quiz")
    taken = unit.questions.filter(position__isnull=False).count()
    in_quiz = unit.kind == "quiz" and "sibling" not in fields
    values: dict[str, object] = {
        "course": unit.course,
        "unit": unit,
        "ref": f"q-{next(_numbers)}",
        "position": position or (taken + 1 if in_quiz else None),
        "kind": kind,
        "difficulty": 2,
        "prompt": "Solve $x + 9 = 14$. What is $x$?",
        "prompt_html": "Solve <math><mi>x</mi></math>. What is x?",
        "linear": "Solve x + 9 = 14. What is x?",
        "explanation": "Subtract 9 from both sides.",
        "explanation_html": "Subtract 9 from both sides.",
        "answer": answer if kind in ("numeric", "text") else "",
        "compare": "string" if kind == "text" else "",
        "choices": _choices() if kind in ("single", "multiple") else [],
    }
    question = Question.objects.create(**(values | fields))
    skills = [make_skill(unit.course)] if skills is None else skills
    QuestionSkill.objects.bulk_create(
        [QuestionSkill(question=question, skill=skill) for skill in skills]
    )
    return question


def make_variant(place: Question, *, relation: str = "easier") -> Question:
    """The easier or harder sibling of the question at a place."""
    return make_question(
        place.unit,
        skills=list(place.skills.all()),
        sibling=place,
        relation=relation,
        difficulty=max(1, place.difficulty - 1) if relation == "easier" else 4,
    )


def make_hints(question: Question) -> list[Hint]:
    """A prompt, a strategy and a worked step."""
    kinds = ("prompt", "strategy", "worked_step")
    return [
        Hint.objects.create(
            question=question,
            ref=f"{question.ref}-h{place}",
            position=place,
            kind=kind,
            text=f"Hint {place}",
            html=f"Hint {place}",
            linear=f"Hint {place}",
        )
        for place, kind in enumerate(kinds, 1)
    ]


def make_enrolment(
    user: User | None = None, course: Course | None = None, *, role: str = "learner"
) -> Enrolment:
    return Enrolment.objects.create(
        user=user or make_user(), course=course or make_course(), role=role, since=NOW
    )


def make_response(
    *, learner: User | None = None, question: Question | None = None, correct: bool = True
) -> Response:
    """An answer whose sealed part cannot be read; use courses.responses.record where it is."""
    return Response.objects.create(
        learner=learner or make_user(),
        question=question or make_question(),
        given_sealed=b"\x01",
        correct=correct,
        answered_at=NOW,
    )


def new_code() -> uuid.UUID:
    """A code that belongs to nothing: what a stranger would guess."""
    return uuid.uuid4()


def _choices() -> list[dict[str, object]]:
    return [
        {"id": "a", "text": "8", "html": "8", "linear": "8", "correct": True},
        {
            "id": "b",
            "text": "32",
            "html": "32",
            "linear": "32",
            "correct": False,
            "feedback_html": "You added.",
            "misconception": "repeats-operation",
        },
    ]


def open_days(now: datetime) -> None:
    """Partitions for what is told to be taken now, however long ago that now is."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT telemetry_open_days(%s, 9)", [now.date() - timedelta(days=1)])
