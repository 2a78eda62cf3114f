"""`/accounts/sso/<key>/`: go to a provider to sign in, confirm or connect; and disconnect."""

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
from accounts.access import current_user, require_person, require_recent
from accounts.models import User
from accounts.remote_call import RemoteCall, RemoteFailure, read_remote_answer
from accounts.sessions import session_store
from accounts.sessions.page_owner import page_mark
from accounts.sign_in import redirects
from accounts.single_sign_on import account_links, error_pages, sign_in_attempt
from accounts.single_sign_on.error_pages import show_problem
from accounts.single_sign_on.providers import Provider
from accounts.single_sign_on.sign_in_attempt import CONFIRM, CONNECT, SIGN_IN, SignInAttempt

# Requests that may wait for one provider at a time; see RemoteCall.
MOST_WAITING: Final = 24


def provider_or_404(key: str) -> Provider:
    provider = settings.SIGN_IN_RULES.find(key)
    if not isinstance(provider, Provider):
        raise Http404
    return provider


def callback_address(request: HttpRequest, provider: Provider) -> str:
    """Return the address to which the provider sends the browser back."""
    return request.build_absolute_uri(reverse("accounts:sso_callback", args=[provider.key]))


@never_cache
@require_POST
def sign_in(request: HttpRequest, key: str) -> HttpResponseBase:
    """`/accounts/sso/<key>/`: sign in at the provider."""
    return _send_to_provider(request, key, SIGN_IN)


@never_cache
@require_POST
@require_person
def confirm(request: HttpRequest, key: str) -> HttpResponseBase:
    """`/accounts/sso/<key>/confirm/`: sign in there again to confirm one's identity."""
    return _send_to_provider(request, key, CONFIRM)


@never_cache
@require_POST
@require_person
@require_recent
def connect(request: HttpRequest, key: str) -> HttpResponseBase:
    """`/accounts/sso/<key>/connect/`: allow signing in to this account through the provider."""
    return _send_to_provider(request, key, CONNECT)


@require_POST
@require_person
@require_recent
def disconnect(request: HttpRequest, key: str) -> HttpResponseBase:
    """`/accounts/sso/<key>/disconnect/`: refused if there is no other way to sign in.

    Every other session ends: it may have begun there.
    """
    user = current_user(request)
    if not account_links.may_disconnect(user):
        return show_problem(request, error_pages.only_way_in())
    with transaction.atomic():
        if account_links.disconnect(user, key, by=user):
            ended = session_store.sign_out_elsewhere(user, str(request.session.session_key))
            public = {"log_ins": ended}
            audit.record("person.sign_out", actor=user.code, subject=user.code, public=public)
    return redirect(f"{reverse('accounts:security')}?done=disconnected")


def _send_to_provider(request: HttpRequest, key: str, purpose: str) -> HttpResponseBase:
    """Ask for the provider's address first, then send the browser there.

    Done by a page that refreshes itself: no redirect after a form may leave this site
    (form-action).
    """
    provider, answer = provider_or_404(key), read_remote_answer(request)
    if answer is None:
        return _ask_for_address(request, provider, purpose)
    if isinstance(answer, RemoteFailure):
        return show_problem(request, error_pages.down(provider))
    attempt, address = answer
    response = render(request, "accounts/sso_leave.html", {"provider": provider, "there": address})
    response["Refresh"] = f"0; url={address}"
    sign_in_attempt.remember(response, attempt)
    return response


def _ask_for_address(request: HttpRequest, provider: Provider, purpose: str) -> RemoteCall:
    # Imported on use: a site without providers does not need it.
    from accounts.single_sign_on.oidc import provider_client

    mark = page_mark(request.user) if isinstance(request.user, User) else ""
    attempt = sign_in_attempt.make_attempt(
        provider.key,
        purpose,
        redirects.read_next(request),
        person=mark,
        afresh=purpose == CONFIRM or "afresh" in request.POST,
    )
    secrets, back = attempt.secrets(), callback_address(request, provider)

    async def ask() -> tuple[SignInAttempt, str] | RemoteFailure:
        address = await provider_client.build_authorization_address(provider, secrets, back)
        return address if isinstance(address, RemoteFailure) else (attempt, address)

    return RemoteCall(ask, kind=provider.key, most=MOST_WAITING)
