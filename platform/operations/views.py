"""Health and counters, for this machine and for Stewards; numbers only, nobody's data."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from operations import counters, readiness

View = Callable[[HttpRequest], HttpResponse]


def for_operators(view: View) -> View:
    """Loopback without a proxy before it, or a signed-in Steward; to all others it is not there."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not may_operate(request):
            raise Http404
        return view(request)

    return guarded


def may_operate(request: HttpRequest) -> bool:
    """A proxy on this machine also calls from loopback, and says so in its headers."""
    proxied = "HTTP_X_FORWARDED_FOR" in request.META or "HTTP_FORWARDED" in request.META
    if request.META.get("REMOTE_ADDR") in settings.METRICS_ADDRESSES and not proxied:
        return True
    return request.user.is_authenticated and request.user.has_role("steward")


@require_safe
@for_operators
def live(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@for_operators
def ready(_request: HttpRequest) -> HttpResponse:
    parts = readiness.parts()
    troubles = {part.name: part.trouble for part in parts if part.trouble}
    body = {"ready": not troubles, "parts": [part.name for part in parts], "troubles": troubles}
    return JsonResponse(body, status=503 if troubles else 200)


@require_safe
@for_operators
def metrics(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(counters.text(), content_type=CONTENT_TYPE_LATEST)
