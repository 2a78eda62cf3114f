"""`/api/v1/steward/…`: counts of consents, and retention periods; no names or person codes."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import timezone
from rest_framework import serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import current_user
from accounts.models import AGE_BANDS
from stewardship import consent_register
from stewardship.retention import review


class ConsentCount(serializers.Serializer[Any]):
    stream = serializers.CharField()
    purpose = serializers.CharField()
    by_band = serializers.DictField(child=serializers.IntegerField(), help_text="by age band")
    simulated = serializers.IntegerField()


class ConsentCounts(serializers.Serializer[Any]):
    people = serializers.IntegerField(help_text="who allow anything now")
    lines = ConsentCount(many=True)


class RetentionLine(serializers.Serializer[Any]):
    what = serializers.CharField()
    table = serializers.CharField()
    days = serializers.IntegerField()
    overdue = serializers.IntegerField(help_text="must be 0")
    next_at = serializers.DateTimeField(allow_null=True)


@api_view(["GET"])
def consents(request: Request) -> Response:
    """Return how many people allow each scope now."""
    _require_steward(request)
    now = timezone.now()
    lines = [
        {
            "stream": line.stream,
            "purpose": line.purpose,
            "by_band": dict(zip(AGE_BANDS, line.by_band, strict=True)),
            "simulated": line.simulated,
        }
        for line in consent_register.load_scope_counts(now)
    ]
    counts = {"people": consent_register.people_with_grants(now), "lines": lines}
    return Response(ConsentCounts(counts).data)


@api_view(["GET"])
def retention(request: Request) -> Response:
    """Return each retention class, and whether anything is overdue."""
    _require_steward(request)
    return Response(RetentionLine(review.load_review(0, now=timezone.now()).lines, many=True).data)


def _require_steward(request: Request) -> None:
    if not current_user(request).has_role("steward"):
        raise Http404
