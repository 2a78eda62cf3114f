"""Courses and units, and the user's progress in them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from django.views.decorators.http import conditional_page
from rest_framework import generics, serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import current_user
from accounts.models import User
from courses import availability, completion
from courses.access import course_for_member, courses_visible_to, unit_for_learner, unit_for_member
from courses.models import Course, Unit
from courses.watched_intervals import MAX_STRETCHES
from learner.api.serializers import (
    CourseDetailShape,
    CourseShape,
    ProgressShape,
    UnitDetailShape,
    unit_details,
    unit_row,
)


class WatchedRequest(serializers.Serializer[Any]):
    stretches = serializers.ListField(
        child=serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2),
        max_length=MAX_STRETCHES,
        help_text="seconds that were played: [[from, to], …]",
    )
    at = serializers.FloatField(min_value=0, help_text="second to continue at")


class CourseList(generics.ListAPIView[Course]):
    """The courses the user learns or teaches in."""

    serializer_class = CourseShape
    queryset = Course.objects.none()

    def get_queryset(self) -> QuerySet[Course]:
        return courses_visible_to(current_user(self.request))


@conditional_page
@api_view(["GET"])
def course(request: Request, slug: str) -> Response:
    """One course with its units in order."""
    user = current_user(request)
    found = course_for_member(user, slug)
    in_use = found.units.filter(position__isnull=False).order_by("position")
    units = list(in_use.select_related("opens_after"))
    dates = availability.load_availability(user, units, now=timezone.now())
    rows = [unit_row(unit, dates) for unit in units]
    return Response(CourseDetailShape({"course": found, "units": rows}).data)


@api_view(["GET"])
def progress(request: Request, slug: str) -> Response:
    """The user's own progress in each unit, as the course page shows it."""
    user = current_user(request)
    found = course_for_member(user, slug)
    states = completion.load_progress(user, found)
    codes = dict(found.units.values_list("pk", "code"))
    return Response(
        [_progress(codes[pk], state) for pk, state in states.items() if pk in codes]
    )  # fmt: skip


@conditional_page
@api_view(["GET"])
def unit(request: Request, code: UUID) -> Response:
    """One unit with its chapters and captions, or its text."""
    user = current_user(request)
    found = unit_for_member(user, code)
    now = timezone.now()
    dates = availability.require_open(user, found, now=now)
    return Response(UnitDetailShape(unit_details(found, dates)).data)


@api_view(["POST"])
def record_watched(request: Request, code: UUID) -> Response:
    """Record stretches of a video that were played. Earlier stretches stay counted."""
    user, found = _find_open_unit(request, code)
    body = WatchedRequest(data=request.data)
    body.is_valid(raise_exception=True)
    if found.kind != "video":
        raise serializers.ValidationError("Only a video is watched.")
    pairs = [(start, end) for start, end in body.validated_data["stretches"]]
    try:
        completion.record_watched(
            user, found, pairs, resume_s=body.validated_data["at"], now=timezone.now()
        )
    except ValueError as error:
        raise serializers.ValidationError(str(error)) from error
    return _build_progress_response(user, found)


@api_view(["POST"])
def mark_done(request: Request, code: UUID) -> Response:
    """Mark a reading or a video as done. A quiz is done by answering it."""
    user, found = _find_open_unit(request, code)
    try:
        completion.mark_done(user, found, now=timezone.now())
    except ValueError as error:
        raise serializers.ValidationError(str(error)) from error
    return _build_progress_response(user, found)


def _find_open_unit(request: Request, code: UUID) -> tuple[User, Unit]:
    user = current_user(request)
    found = unit_for_learner(user, code)
    availability.require_open(user, found, now=timezone.now())
    return user, found


def _build_progress_response(user: User, found: Unit) -> Response:
    state = completion.require_progress(completion.load_progress(user, found.course), found)
    return Response(_progress(found.code, state))


def _progress(code: UUID, state: completion.UnitProgress) -> dict[str, Any]:
    row = {"unit": code, "ratio": state.ratio, "done": state.done, "resume_s": state.resume_s}
    return dict(ProgressShape(row).data)
