"""Rate limits: how many changing requests a minute one person may send to each address.

Counted in the database, so that all web processes count together, under digests that name no person
(I-21). Proofs of identity have their own throttle; withdrawing and erasing are never limited (I-7).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.access import API_PREFIX
from accounts.keyed_hash import keyed_digest
from accounts.models import User
from accounts.remote_call import read_remote_answer
from config.middleware.store_outage import answer_keys_away
from vault.errors import KeystoreBusy

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
MINUTE = timedelta(minutes=1)
DEFAULT_LIMIT = 120
LIMITS = {
    "api/v1/sittings/": 30,
    "api/v1/questions/<uuid:code>/answers/": 60,
    "units/<uuid:code>/answer/": 60,
    # A picture is decoded and encoded again, for seconds.
    "attempts/<uuid:id>/files/": 30,
    "units/<uuid:code>/discussion/new/": 6,
    "units/<uuid:code>/discussion/threads/<uuid:id>/": 12,
    "api/v1/units/<uuid:code>/discussion/threads/": 6,
    "api/v1/units/<uuid:code>/discussion/threads/<uuid:id>/replies/": 12,
    "teach/<slug:slug>/messages/send/": 6,
    "teach/<slug:slug>/messages/<uuid:id>/": 12,
    "messages/<uuid:id>/": 12,
    "teach/<slug:slug>/people/add/": 20,
    # Pieces of 8 MB, as fast as a local network.
    "author/uploads/<uuid:id>/": 1200,
    "consents/": 60,
    "journey/correct/": 60,
    "journey/guesses/<uuid:id>/why/": 20,
}
# These must work without keys, which the count needs (ADR 0093).
UNLIMITED = (
    "consents/withdraw/",
    "api/v1/me/consents/withdraw/",
    "consents/wards/<uuid:code>/no/",
    "consents/devices/<uuid:code>/back/",
    "my-data/erase/",
    # Needed before erasing; wrong proofs have limits of their own (`accounts.sign_in.throttle`).
    "accounts/confirm/",
    "my-data/shares/<uuid:id>/close/",
    "accounts/logout/",
)
COUNT = """
INSERT INTO accounts_signinthrottle AS t
  (login_digest, network_digest, count, until, forgotten_at)
VALUES (%(person)s, %(address)s, 1, %(end)s, %(end)s)
ON CONFLICT (login_digest, network_digest) DO UPDATE SET
  count = CASE WHEN t.until <= %(now)s THEN 1 ELSE least(t.count + 1, 32767) END,
  until = CASE WHEN t.until <= %(now)s THEN excluded.until ELSE t.until END,
  forgotten_at = CASE WHEN t.until <= %(now)s THEN excluded.until ELSE t.until END
RETURNING count, until
"""


class RateLimitMiddleware:
    """Middleware: answer 429 with Retry-After once this minute's requests are used up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        user, route = request.user, route_of(request)
        if request.method in SAFE or not isinstance(user, User) or route in UNLIMITED:
            return None
        # Counted already in the first run, before the other server was called.
        if read_remote_answer(request) is not None:
            return None
        # Simulated people are the operator's own load test, at a chosen speed.
        if user.simulated:
            return None
        now = timezone.now()
        try:
            again = count_request(user, route, now=now)
        except KeystoreBusy as error:
            return answer_keys_away(request, error)
        return None if again is None else _refuse(request, again - now)


def count_request(person: User, route: str, *, now: datetime) -> datetime | None:
    """Count one request; return when to try again if this minute's limit is reached, else None."""
    values: dict[str, Any] = {
        "person": keyed_digest("rate-person", str(person.code)),
        "address": keyed_digest("rate-address", route),
        "now": now,
        "end": now + MINUTE,
    }
    with connection.cursor() as cursor:
        cursor.execute(COUNT, values)
        count, until = cursor.fetchone()
    most = LIMITS.get(route, DEFAULT_LIMIT) * settings.RATE_FACTOR
    return until if count > most else None


def route_of(request: HttpRequest) -> str:
    """Return the URL pattern of the request."""
    return request.resolver_match.route if request.resolver_match else ""


def _refuse(request: HttpRequest, wait: timedelta) -> HttpResponse:
    seconds = max(1, round(wait.total_seconds()))
    response: HttpResponse
    if request.path.startswith(API_PREFIX):
        text = f"Too many requests. Try again in {seconds} s."
        response = JsonResponse({"detail": text, "code": "too_many_requests"}, status=429)
    else:
        text = ngettext(
            "Your last entry was not saved. Wait {n} second, then go back and send it again.",
            "Your last entry was not saved. Wait {n} seconds, then go back and send it again.",
            seconds,
        ).format(n=seconds)
        response = render(request, "429.html", {"said": text}, status=429)
    response["Retry-After"] = str(seconds)
    return response
