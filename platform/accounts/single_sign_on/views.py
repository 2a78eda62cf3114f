"""`/accounts/sso/<key>/`: to a provider, to sign in, confirm or connect; and disconnecting."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

import audit
from accounts.access import require_person, require_recent, signed_in
from accounts.models import User
from accounts.remote_call import NotHeard, RemoteQuestion, heard_by
from accounts.sessions import session_store
from accounts.sessions.page_owner import page_mark
from accounts.sign_in import redirects
from accounts.single_sign_on import account_links, error_pages, sign_in_attempt
from accounts.single_sign_on.error_pages import show_problem
from accounts.single_sign_on.providers import Provider
from accounts.single_sign_on.sign_in_attempt import CONFIRM, CONNECT, SIGN_IN, SignInAttempt

# Requests that wait for one provider at a time; see RemoteQuestion.
MOST_WAITING: Final = 24


def provider_or_404(key: str) -> Provider:
    provider = settings.SIGN_IN_RULES.find(key)
    if not isinstance(provider, Provider):
        raise Http404
    return provider


def way_back(request: HttpRequest, provider: Provider) -> str:
    """Return the address to which the provider sends the browser back."""
    return request.build_absolute_uri(reverse("accounts:sso_callback", args=[provider.key]))


@never_cache
@require_POST
def sign_in(request: HttpRequest, key: str) -> HttpResponseBase:
    """`/accounts/sso/<key>/`"""
    return _go_there(request, key, SIGN_IN)


@never_cache
@require_POST
@require_person
def confirm(request: HttpRequest, key: str) -> HttpResponseBase:
    """`/accounts/sso/<key>/confirm/`: the person signs in there once more."""
    return _go_there(request, key, CONFIRM)


@never_cache
@require_POST
@require_person
@require_recent
def connect(request: HttpRequest, key: str) -> HttpResponseBase:
    """`/accounts/sso/<key>/connect/`: from now on this account opens by the provider too."""
    return _go_there(request, key, CONNECT)


@require_POST
@require_person
@require_recent
def disconnect(request: HttpRequest, key: str) -> HttpResponseBase:
    """`/accounts/sso/<key>/disconnect/`: refused where nothing else opens the account.

    Every other log-in ends: it may have been begun there.
    """
    user = signed_in(request)
    if not account_links.may_disconnect(user):
        return show_problem(request, error_pages.only_way_in())
    with transaction.atomic():
        if account_links.disconnect(user, key, by=user):
            ended = session_store.sign_out_elsewhere(user, str(request.session.session_key))
            public = {"log_ins": ended}
            audit.record("person.sign_out", actor=user.code, subject=user.code, public=public)
    return redirect(f"{reverse('accounts:security')}?done=disconnected")


def _go_there(request: HttpRequest, key: str, purpose: str) -> HttpResponseBase:
    """Ask for the provider's address first, then send the browser there.

    By a page that goes on by itself: no redirect after a form may leave this site (form-action).
    """
    provider, heard = provider_or_404(key), heard_by(request)
    if heard is None:
        return _ask_for_address(request, provider, purpose)
    if isinstance(heard, NotHeard):
        return show_problem(request, error_pages.down(provider))
    attempt, address = heard
    answer = render(request, "accounts/sso_leave.html", {"provider": provider, "there": address})
    answer["Refresh"] = f"0; url={address}"
    sign_in_attempt.remember(answer, attempt)
    return answer


def _ask_for_address(request: HttpRequest, provider: Provider, purpose: str) -> RemoteQuestion:
    # Loaded where it is used: a site without providers has no use for it.
    from accounts.single_sign_on.oidc import provider_client

    mark = page_mark(request.user) if isinstance(request.user, User) else ""
    attempt = sign_in_attempt.make_attempt(
        provider.key,
        purpose,
        redirects.asked_for(request),
        person=mark,
        afresh=purpose == CONFIRM or "afresh" in request.POST,
    )
    secrets, back = attempt.secrets(), way_back(request, provider)

    async def ask() -> tuple[SignInAttempt, str] | NotHeard:
        address = await provider_client.find_way_there(provider, secrets, back)
        return address if isinstance(address, NotHeard) else (attempt, address)

    return RemoteQuestion(ask, kind=provider.key, most=MOST_WAITING)
