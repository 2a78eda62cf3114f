"""Health checks and metrics, for this machine and for Stewards; no personal data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from ipaddress import ip_address

from django.apps import apps
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from health import readiness, site_metrics
from health.apps import HealthConfig

View = Callable[[HttpRequest], HttpResponse]
# A request with one of these came through a proxy, whose address says nothing of its sender.
FORWARDING = (
    "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP",
)  # fmt: skip


def for_operators(view: View) -> View:
    """Allow known addresses without a proxy, or a signed-in Steward; 404 for all others."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        if not may_operate(request):
            raise Http404
        return view(request)

    return guarded


def may_operate(request: HttpRequest) -> bool:
    """Return whether the request may see operator pages.

    A proxy on this machine also calls from loopback, but sets forwarding headers.
    """
    proxied = any(request.headers.get(name) for name in FORWARDING)
    if not proxied and _is_known(request.META.get("REMOTE_ADDR", "")):
        return True
    return request.user.is_authenticated and request.user.has_role("steward")


def _is_known(address: str) -> bool:
    """Return whether it is this machine's, or one that the operator named."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return found.is_loopback or any(found in each for each in settings.MONITOR_NETWORKS)


def check_now() -> list[readiness.ComponentStatus]:
    """Return the present state of the site's components."""
    return readiness.check_components(now=timezone.now(), started=find_start())


def find_start() -> datetime:
    """Return when this process started."""
    config = apps.get_app_config("health")
    if not isinstance(config, HealthConfig):
        raise TypeError(f"expected the configuration of health, got {config!r}")
    return config.started


@require_safe
@for_operators
def live(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@for_operators
def ready(_request: HttpRequest) -> HttpResponse:
    parts = check_now()
    troubles = {part.name: part.trouble for part in parts if part.trouble}
    body = {
        "ready": not troubles,
        "parts": [part.name for part in parts],
        "troubles": troubles,
        "starting": {part.name: part.starting for part in parts if part.starting},
    }
    return JsonResponse(body, status=503 if troubles else 200)


@require_safe
@for_operators
def metrics(_request: HttpRequest) -> HttpResponse:
    text = site_metrics.render_text(check_now())
    return HttpResponse(text, content_type=CONTENT_TYPE_LATEST)
