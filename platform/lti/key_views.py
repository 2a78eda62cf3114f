"""`/lti/keys/`: the public keys by which platforms verify what this site signs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from lti import tool_keys


@require_safe
def keys(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    return JsonResponse(tool_keys.public_keys(now=timezone.now()))
