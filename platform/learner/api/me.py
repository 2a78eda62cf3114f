"""The user's own data: estimated mastery, self-reports and estimates.

Each query is limited to the user and runs under the user's own Permits.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils import timezone
from rest_framework import exceptions, serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import current_user
from accounts.models import User
from consent.permits import gate
from courses.access import course_for_learner
from courses.models import Skill
from estimates import disputes, self_reports
from estimates.knowledge import mastery
from learner.journey import feed

REPORTS_SPAN = timedelta(weeks=4)
ESTIMATES_SPAN = timedelta(days=1)


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
    """An estimate about the user. It can be wrong; `said` is the user's correction and overrides
    it."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    label = serializers.CharField(  # type: ignore[assignment]
        allow_blank=True, help_text="empty: not sure"
    )
    low = serializers.FloatField()
    high = serializers.FloatField()
    said = serializers.CharField(allow_blank=True)


class DisputeRequest(serializers.Serializer[Any]):
    said = serializers.ChoiceField(disputes.DISPUTE_LABELS)


class TooLateToUndo(exceptions.APIException):
    status_code = 409
    default_detail = "You made no correction in the last ten minutes."
    default_code = "too_late"


def require_learner(request: Request) -> User:
    """Return the user if they are a Learner. Raise 404 for anyone else."""
    user = current_user(request)
    if not user.has_role("learner"):
        raise Http404
    return user


@api_view(["GET"])
def list_mastery(request: Request, slug: str) -> Response:
    """Estimated mastery of each skill of a course, with its 80% range."""
    user = require_learner(request)
    course = course_for_learner(user, slug)
    permit = gate.permit(user.code, "course", now=timezone.now())
    skills = Skill.objects.filter(course=course, units__position__isnull=False).distinct()
    rows = mastery.read(permit).of_skills(skills.order_by("pk"))
    results = [
        {"skill": row.skill.name, "answers": row.n, "p": row.p, "lo": row.lo, "hi": row.hi}
        for row in rows
    ]
    return Response(MasteryShape(results, many=True).data)


@api_view(["GET"])
def list_reports(request: Request) -> Response:
    """The user's self-reports of the last four weeks, oldest first."""
    user, now = require_learner(request), timezone.now()
    permit = gate.permit(user.code, "course", now=now)
    return Response(
        ReportShape(self_reports.reports_since(permit, now - REPORTS_SPAN), many=True).data
    )


@api_view(["GET"])
def list_estimates(request: Request) -> Response:
    """The estimates about the user in one day, where they may still be read."""
    user, now = require_learner(request), timezone.now()
    when = serializers.DateTimeField(default=now).run_validation(
        request.query_params.get("before", serializers.empty)
    )
    try:
        since = when - ESTIMATES_SPAN
    except OverflowError as error:
        raise serializers.ValidationError({"before": "no such day"}) from error
    rows = feed.load_guesses(user, since, when, now)
    return Response(EstimateShape(rows, many=True).data)


@api_view(["POST", "DELETE"])
def dispute(request: Request, id: UUID) -> Response:
    """Correct an estimate. DELETE undoes the correction within ten minutes."""
    user, now = require_learner(request), timezone.now()
    permit = gate.permit(user.code, "course", now=now)
    if request.method == "DELETE":
        if not disputes.undo(id, permit, now=now):
            raise TooLateToUndo
        return Response(status=204)
    body = DisputeRequest(data=request.data)
    body.is_valid(raise_exception=True)
    disputes.dispute(id, body.validated_data["said"], permit, now=now)
    return Response(status=204)
