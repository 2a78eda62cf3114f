"""`/api/v1/teach/<slug>/…`: a class as its Teachers' lists show it: course facts alone.

It opens nobody: what is guessed about one Learner is on no road of the API.
"""

from __future__ import annotations

from typing import Any, cast

from django.utils import timezone
from django.utils.html import strip_tags
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.name_order import by_name
from courses import completion
from courses.access import course_for_teacher
from courses.models import Course
from teaching.dashboard.queue import now_of
from teaching.grades import gradebook
from teaching.learners.views import lines
from teaching.roster import Face, class_of, faces


class FaceShape(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="code")
    name = serializers.CharField()
    simulated = serializers.BooleanField()


class RosterLine(serializers.Serializer[Any]):
    who = FaceShape()
    last = serializers.DateTimeField(allow_null=True)


class ClassProgress(serializers.Serializer[Any]):
    """How many of the course's units somebody has done."""

    who = FaceShape()
    done = serializers.IntegerField()
    of = serializers.IntegerField()


class GradeCell(serializers.Serializer[Any]):
    unit = serializers.UUIDField()
    percent = serializers.IntegerField(allow_null=True)
    by_hand = serializers.BooleanField()


class GradeLine(serializers.Serializer[Any]):
    who = FaceShape()
    cells = GradeCell(many=True)


class NeedShape(serializers.Serializer[Any]):
    """One Learner about one question or unit: what they asked for or did, never a guess."""

    who = FaceShape()
    why = serializers.ListField(child=serializers.CharField())
    source = serializers.CharField()  # type: ignore[assignment]
    since = serializers.CharField()


@api_view(["GET"])
def roster(request: Request, slug: str) -> Response:
    """The Learners of a course by name, with when they were last in it."""
    return Response(RosterLine(lines(_taught(request, slug)), many=True).data)


@api_view(["GET"])
def progress(request: Request, slug: str) -> Response:
    """How far each Learner is: the same number as theirs."""
    course = _taught(request, slug)
    total, done = _units(course), completion.count_done(course)
    rows = [{"who": who, "done": done.get(pk, 0), "of": total} for pk, who in _class(course)]
    return Response(ClassProgress(rows, many=True).data)


@api_view(["GET"])
def grades(request: Request, slug: str) -> Response:
    """The grades of the tests that count."""
    return Response(GradeLine(gradebook.book(_taught(request, slug)).lines, many=True).data)


@api_view(["GET"])
def now(request: Request, slug: str) -> Response:
    """Who needs the Teacher, most pressing first."""
    course = _taught(request, slug)
    user, class_ = cast(User, request.user), class_of(course)
    shown = now_of(course, user, class_, now=timezone.now())
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


def _taught(request: Request, slug: str) -> Course:
    return course_for_teacher(cast(User, request.user), slug)


def _units(course: Course) -> int:
    return course.units.filter(position__isnull=False).count()


def _class(course: Course) -> list[tuple[int, Face]]:
    return by_name(faces(course).items(), lambda row: row[1].name)
