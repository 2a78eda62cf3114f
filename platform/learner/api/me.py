"""What is kept about oneself: what one probably knows, what one said, what was guessed.

Nobody else's: each load is by the person who asks, under their own Permits.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from rest_framework import exceptions, serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from consent.permits import gate
from courses.access import course_for_learner
from courses.models import Skill
from estimates import disputes, self_reports
from estimates.knowledge import mastery
from learner.journey import feed

WEEKS = timedelta(weeks=4)
DAY = timedelta(days=1)


class MasteryShape(serializers.Serializer[Any]):
    skill = serializers.CharField()
    answers = serializers.IntegerField(help_text="0: not known yet")
    p = serializers.FloatField(help_text="best estimate, 0-1")
    lo = serializers.FloatField(help_text="low end of the 80% range")
    hi = serializers.FloatField(help_text="high end of the 80% range")


class ReportShape(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    label = serializers.CharField(  # type: ignore[assignment]
        allow_blank=True, help_text="empty: no word was chosen"
    )
    levels = serializers.DictField(
        child=serializers.IntegerField(), help_text="valence, arousal: 1-9, where given"
    )
    occasion = serializers.CharField(help_text="own, event (with a suggestion) or random (asked)")


class EstimateShape(serializers.Serializer[Any]):
    """A guess about oneself. It can be wrong; `said` is one's own word, which stands above it."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    label = serializers.CharField(  # type: ignore[assignment]
        allow_blank=True, help_text="empty: not sure"
    )
    low = serializers.FloatField()
    high = serializers.FloatField()
    said = serializers.CharField(allow_blank=True)


class DisputeSaid(serializers.Serializer[Any]):
    said = serializers.ChoiceField(disputes.DISPUTE_LABELS)


class TooLate(exceptions.APIException):
    status_code = 409
    default_detail = "You made no correction in the last ten minutes."
    default_code = "too_late"


def learner(request: Request) -> User:
    """Who asks, where they are a Learner; 404 to everybody else."""
    user = cast(User, request.user)
    if not user.has_role("learner"):
        raise Http404
    return user


@api_view(["GET"])
def known(request: Request, slug: str) -> Response:
    """What one probably knows of each skill of a course, as wide as the course is unsure."""
    user = learner(request)
    course = course_for_learner(user, slug)
    permit = gate.permit(user.code, "course", now=timezone.now())
    skills = Skill.objects.filter(course=course, units__position__isnull=False).distinct()
    rows = mastery.read(permit).of_skills(skills.order_by("pk"))
    shown = [
        {"skill": row.skill.name, "answers": row.n, "p": row.p, "lo": row.lo, "hi": row.hi}
        for row in rows
    ]
    return Response(MasteryShape(shown, many=True).data)


@api_view(["GET"])
def said(request: Request) -> Response:
    """What one said about oneself in the last four weeks, oldest first."""
    user, now = learner(request), timezone.now()
    permit = gate.permit(user.code, "course", now=now)
    return Response(ReportShape(self_reports.reports_since(permit, now - WEEKS), many=True).data)


@api_view(["GET"])
def guessed(request: Request) -> Response:
    """What was guessed about oneself in one day, as far as it may still be read."""
    user, now = learner(request), timezone.now()
    when = serializers.DateTimeField(default=now).run_validation(
        request.query_params.get("before", serializers.empty)
    )
    try:
        since = when - DAY
    except OverflowError as error:
        raise serializers.ValidationError({"before": "no such day"}) from error
    rows = feed.guesses_of(user, since, when, now)
    return Response(EstimateShape(rows, many=True).data)


@api_view(["POST", "DELETE"])
def dispute(request: Request, id: UUID) -> Response:
    """One's own word in place of a guess; taken back within ten minutes."""
    user, now = learner(request), timezone.now()
    permit = gate.permit(user.code, "course", now=now)
    if request.method == "DELETE":
        if not disputes.undo(id, permit, now=now):
            raise TooLate
        return Response(status=204)
    word = DisputeSaid(data=request.data)
    word.is_valid(raise_exception=True)
    disputes.dispute(id, word.validated_data["said"], permit, now=now)
    return Response(status=204)
