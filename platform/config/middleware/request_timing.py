"""Request durations by URL pattern, without the user or the exact address."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from prometheus_client import Histogram

SECONDS = Histogram(
    "attune_request_seconds",
    "From the first middleware to the answer's beginning.",
    ("method", "route", "status"),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class RequestTimingMiddleware:
    """Middleware that times requests; it comes first, so that it includes all others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = perf_counter()
        response = self.get_response(request)
        SECONDS.labels(*_labels(request, response)).observe(perf_counter() - began)
        return response


def _labels(request: HttpRequest, response: HttpResponseBase) -> tuple[str, str, str]:
    """Return labels from closed sets: each combination is stored while the process lives."""
    method = request.method if request.method in METHODS else "other"
    matched = request.resolver_match
    return method or "other", matched.route if matched else "none", str(response.status_code)
