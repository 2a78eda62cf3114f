"""`/accounts/sso/<key>/log-out/`: a provider says that a person signed out there.

Back-Channel Logout 1.0: the provider's server calls, not the person's browser. Every log-in of the
person ends here; their API tokens and device keys go on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

import audit
from accounts import ending
from accounts.models import Session, User
from accounts.remote_question import NotHeard, RemoteQuestion, heard_by
from accounts.single_sign_on import linking
from accounts.single_sign_on.pages import provider_or_404
from accounts.single_sign_on.providers import Provider

LONGEST_TOKEN: Final = 8192


@csrf_exempt
@require_POST
@never_cache
def log_out(request: HttpRequest, key: str) -> HttpResponse:
    """End the log-ins of the person that a signed token names."""
    provider, heard = provider_or_404(key), heard_by(request)
    if heard is None:
        token = request.POST.get("logout_token", "")
        if not token or len(token) > LONGEST_TOKEN:
            return _refuse()
        # Loaded where it is used: a site without providers has no use for it.
        from accounts.single_sign_on import exchange

        return RemoteQuestion(lambda: exchange.fetch_logout(provider, token))
    if isinstance(heard, NotHeard):
        return _refuse(503 if heard.down else 400)
    if not _end_log_ins(provider, heard, now=timezone.now()):
        return _refuse()
    return HttpResponse()


@transaction.atomic
def _end_log_ins(provider: Provider, claims: Mapping[str, Any], *, now: datetime) -> bool:
    """End them; False for a token that came before."""
    if not linking.spend("log-out", f"{provider.issuer}\x00{claims['jti']}", now=now):
        return False
    person = _find_person(provider, claims)
    if person is not None:
        public = {"log_ins": ending.end(Session.objects.filter(user=person))}
        audit.record("person.sign_out", actor=None, subject=person.code, public=public)
    return True


def _find_person(provider: Provider, claims: Mapping[str, Any]) -> User | None:
    """Return the person that the token names: by the subject, else by the sign-in there."""
    if "sub" in claims:
        return linking.find_by_subject(provider.issuer, claims["sub"])
    return linking.find_by_session(provider.issuer, claims["sid"])


def _refuse(status: int = 400) -> HttpResponse:
    return JsonResponse({"error": "invalid_request"}, status=status)
