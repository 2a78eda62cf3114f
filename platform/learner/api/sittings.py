"""POST /api/v1/sittings/: a page that opened a unit begins its Sitting."""

from __future__ import annotations

from django.utils import timezone
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import current_user
from courses import availability
from courses.access import unit_for_learner
from telemetry import sittings
from telemetry.models import SCENARIOS


class BeginSittingRequest(serializers.Serializer):  # type: ignore[type-arg]
    unit = serializers.UUIDField()
    scenario = serializers.ChoiceField(SCENARIOS, required=False)
    page = serializers.UUIDField()


class BeginSittingResult(serializers.Serializer):  # type: ignore[type-arg]
    sitting = serializers.UUIDField()
    now = serializers.FloatField(help_text="seconds since the lesson page was opened")
    paused = serializers.BooleanField()


@api_view(["POST"])
def begin(request: Request) -> Response:
    """Open the Sitting of this page. The same page gets the same Sitting again."""
    body = BeginSittingRequest(data=request.data)
    body.is_valid(raise_exception=True)
    fields = body.validated_data
    learner = current_user(request)
    unit = unit_for_learner(learner, fields["unit"])
    scenario = fields.get("scenario", sittings.scenario_of(unit))
    allowed = sittings.scenarios_of(unit)
    if scenario not in allowed:
        expected = " or ".join(allowed) or "no Sitting, because the video is on another site"
        wrong = f"expected {expected}, got {scenario}: the unit decides"
        raise serializers.ValidationError({"scenario": wrong})
    now = timezone.now()
    availability.require_open(learner, unit, now=now)
    sitting = sittings.open(learner, unit, scenario=scenario, page=fields["page"], now=now)
    result = {
        "sitting": sitting.id,
        "now": sittings.seconds(sitting, now),
        "paused": sitting.paused,
    }
    return Response(BeginSittingResult(result).data, status=201)
