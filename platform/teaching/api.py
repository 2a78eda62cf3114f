"""`/api/v1/teach/<slug>/…`: the lists of a class, from course records alone.

It opens no individual data: the API has no route to estimates about one Learner.
"""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.html import strip_tags
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import current_user
from accounts.name_order import by_name
from courses import completion
from courses.access import course_for_teacher
from courses.models import Course
from teaching.dashboard.queue import load_now_page
from teaching.grades import gradebook
from teaching.learners.views import learner_rows
from teaching.roster import PersonFace, class_of, load_faces


class FaceShape(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="code")
    name = serializers.CharField()
    simulated = serializers.BooleanField()


class RosterLine(serializers.Serializer[Any]):
    who = FaceShape()
    last = serializers.DateTimeField(allow_null=True)


class ClassProgress(serializers.Serializer[Any]):
    """How many of the course's units a Learner has done."""

    who = FaceShape()
    done = serializers.IntegerField()
    of = serializers.IntegerField()


class GradeCell(serializers.Serializer[Any]):
    unit = serializers.UUIDField()
    percent = serializers.IntegerField(allow_null=True)
    by_hand = serializers.BooleanField()
    waits = serializers.BooleanField(help_text="an attempt has answers that are not marked yet")


class GradeLine(serializers.Serializer[Any]):
    who = FaceShape()
    cells = GradeCell(many=True)
    total = serializers.IntegerField(
        source="total.percent",
        default=None,
        allow_null=True,
        help_text="course total so far, in percent; null: the course has none, or no grade yet",
    )


class NeedShape(serializers.Serializer[Any]):
    """One Learner and what they asked for or did about one question or unit; never an estimate."""

    who = FaceShape()
    why = serializers.ListField(child=serializers.CharField())
    source = serializers.CharField()  # type: ignore[assignment]
    since = serializers.CharField()


@api_view(["GET"])
def roster(request: Request, slug: str) -> Response:
    """List the Learners of a course by name, with the time of their last visit."""
    return Response(RosterLine(learner_rows(_course_of(request, slug)), many=True).data)


@api_view(["GET"])
def progress(request: Request, slug: str) -> Response:
    """Return how far each Learner is: the same number as the Learner sees."""
    course = _course_of(request, slug)
    total, done = _count_units(course), completion.count_done(course)
    rows = [{"who": who, "done": done.get(pk, 0), "of": total} for pk, who in _sorted_faces(course)]
    return Response(ClassProgress(rows, many=True).data)


@api_view(["GET"])
def grades(request: Request, slug: str) -> Response:
    """Return the grades of the graded tests, and the course total so far."""
    return Response(
        GradeLine(gradebook.load_gradebook(_course_of(request, slug)).lines, many=True).data
    )


@api_view(["GET"])
def now(request: Request, slug: str) -> Response:
    """List the Learners who need the Teacher, most urgent first."""
    course = _course_of(request, slug)
    user, class_ = current_user(request), class_of(course)
    shown = load_now_page(course, user, class_, now=timezone.now())
    rows = [
        {
            "who": row.who,
            "why": [strip_tags(each) for each in row.why],
            "source": row.source,
            "since": strip_tags(row.since),
        }
        for row in shown.rows
    ]
    return Response(NeedShape(rows, many=True).data)


def _course_of(request: Request, slug: str) -> Course:
    return course_for_teacher(current_user(request), slug)


def _count_units(course: Course) -> int:
    return course.units.filter(position__isnull=False).count()


def _sorted_faces(course: Course) -> list[tuple[int, PersonFace]]:
    return by_name(load_faces(course).items(), lambda row: row[1].name)
