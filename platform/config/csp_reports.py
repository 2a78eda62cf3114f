"""`/csp-reports/`: browsers' reports about the content policy, reduced to counts.

A report contains addresses, scripts and excerpts of a page. Only the directive and the URL pattern
of the page are counted; the rest is dropped unread. Reports come without session or token, so their
size and number are limited.
"""

from __future__ import annotations

import json
from time import monotonic
from typing import Any, Final
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from prometheus_client import Counter

ADDRESS: Final = "/csp-reports/"
LARGEST_BYTES: Final = 16 * 1024
MOST_REPORTS: Final = 10
MOST_A_MINUTE: Final = 60
DIRECTIVES: Final = frozenset(
    {"default-src", "script-src", "script-src-elem", "script-src-attr", "style-src"}
    | {"style-src-elem", "style-src-attr", "img-src", "media-src", "font-src", "connect-src"}
    | {"worker-src", "manifest-src", "form-action", "frame-ancestors", "base-uri", "object-src"}
    | {"require-trusted-types-for", "trusted-types"}
)
REPORTS = Counter(
    "attune_policy_reports", "Reports of browsers about the content policy.", ("directive", "route")
)


class Allowance:
    """A limit of requests a minute for the whole process, from all senders."""

    def __init__(self, most: int) -> None:
        self.most, self.left, self.until = most, most, 0.0

    def take(self, now: float) -> bool:
        if now >= self.until:
            self.left, self.until = self.most, now + 60
        self.left -= 1
        return self.left >= 0


allowance = Allowance(MOST_A_MINUTE)


@csrf_exempt
@require_POST
def count_reports(request: HttpRequest) -> HttpResponse:
    """Count the reports of one request; the response reveals nothing."""
    if not allowance.take(monotonic()):
        return HttpResponse(status=429)
    body = request.read(LARGEST_BYTES + 1)
    if len(body) > LARGEST_BYTES:
        return HttpResponse(status=413)
    for directive, route in parse_reports(body)[:MOST_REPORTS]:
        REPORTS.labels(directive, route).inc()
    return HttpResponse(status=204)


def parse_reports(body: bytes) -> list[tuple[str, str]]:
    """Return directive and route of each report, in either format that browsers send."""
    try:
        sent = json.loads(body)
    except (ValueError, RecursionError):
        return []
    if isinstance(sent, dict):
        return [_label_report(sent.get("csp-report"), "effective-directive", "document-uri")]
    if not isinstance(sent, list):
        return []
    bodies = [each.get("body") for each in sent if isinstance(each, dict)]
    return [_label_report(each, "effectiveDirective", "documentURL") for each in bodies]


def _label_report(report: Any, directive: str, address: str) -> tuple[str, str]:
    """Return two labels from closed sets: each combination is stored while the process lives."""
    named = report.get(directive) if isinstance(report, dict) else None
    known = named if isinstance(named, str) and named in DIRECTIVES else "other"
    return known, _find_route(report.get(address) if isinstance(report, dict) else None)


def _find_route(address: Any) -> str:
    try:
        return resolve(urlsplit(address).path).route if isinstance(address, str) else "none"
    except (Resolver404, ValueError):
        return "none"
