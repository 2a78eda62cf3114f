"""`/accounts/sso/<key>/log-out/`: a provider reports that a person signed out there.

Back-Channel Logout 1.0: the provider's server calls, not the person's browser. Every session of the
person ends, or those that one sign-in there began. API tokens and device keys stay valid.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

import audit
from accounts.models import Session, User
from accounts.remote_call import RemoteCall, RemoteFailure, read_remote_answer
from accounts.sessions import revocation
from accounts.sign_in import reauthentication, single_use, throttle
from accounts.single_sign_on import account_links
from accounts.single_sign_on.providers import Provider
from accounts.single_sign_on.views import provider_or_404

LONGEST_TOKEN: Final = 8192
# Counted apart from sign-ins, so that forged tokens cannot use up their places (see RemoteCall).
MOST_WAITING: Final = 8


@csrf_exempt
@require_POST
@never_cache
def log_out(request: HttpRequest, key: str) -> HttpResponse:
    """End the sessions of the person that a signed token names."""
    provider, answer, now = provider_or_404(key), read_remote_answer(request), timezone.now()
    place = throttle.AttemptOrigin(str(request.META.get("REMOTE_ADDR", "")))
    attempt = throttle.SignInTry("", place, throttle.ELSEWHERE_OUT)
    if answer is None:
        if again := throttle.count_try(attempt, now=now):
            return _refuse(429, wait_s=reauthentication.refuse_until(again, now).wait_s)
        token = request.POST.get("logout_token", "")
        if not token or len(token) > LONGEST_TOKEN:
            return _refuse()
        # Imported on use: a site without providers does not need it.
        from accounts.single_sign_on.oidc import provider_client

        return RemoteCall(
            lambda: provider_client.fetch_logout(provider, token), kind="log-out", most=MOST_WAITING
        )
    if isinstance(answer, RemoteFailure):
        return _refuse(503 if answer.down else 400)
    if not _end_log_ins(provider, answer, now=now):
        return _refuse()
    throttle.clear_tries(attempt)
    return HttpResponse()


@transaction.atomic
def _end_log_ins(provider: Provider, claims: Mapping[str, Any], *, now: datetime) -> bool:
    """End them; return False if the same token came before."""
    if not single_use.spend("log-out", f"{provider.issuer}\x00{claims['jti']}", now=now):
        return False
    log_ins = _find_log_ins(provider, claims)
    for person in User.objects.filter(pk__in=log_ins.values("user")).order_by("pk"):
        public = {"log_ins": revocation.end_sessions(log_ins.filter(user=person))}
        audit.record("person.sign_out", actor=None, subject=person.code, public=public)
    return True


def _find_log_ins(provider: Provider, claims: Mapping[str, Any]) -> QuerySet[Session]:
    """Return the sessions that the token names: all of a person, or those of one sign-in there."""
    if "sub" in claims:
        person = account_links.find_by_subject(provider.issuer, claims["sub"])
        return Session.objects.filter(user=person)
    digest = account_links.digest_session(provider.issuer, claims["sid"])
    return Session.objects.filter(sso_digest=digest)


def _refuse(status: int = 400, *, wait_s: int = 0) -> HttpResponse:
    answer = JsonResponse({"error": "invalid_request"}, status=status)
    if wait_s:
        answer["Retry-After"] = str(wait_s)
    return answer
