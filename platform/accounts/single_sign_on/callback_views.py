"""`/accounts/sso/<key>/callback/`: the return from a provider, with a code or an error."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import RECENT
from accounts.mfa import second_factor
from accounts.models import User
from accounts.remote_call import RemoteCall, RemoteFailure, read_remote_answer
from accounts.sessions import sign_in_state
from accounts.sessions.page_owner import page_mark
from accounts.sign_in import known_browser, reauthentication, redirects, single_use, throttle, views
from accounts.single_sign_on import account_links, error_pages, provider_logout, sign_in_attempt
from accounts.single_sign_on.error_pages import show_problem
from accounts.single_sign_on.oidc.claims import ProviderIdentity
from accounts.single_sign_on.providers import Provider
from accounts.single_sign_on.role_mapping import update_roles
from accounts.single_sign_on.sign_in_attempt import CONFIRM, CONNECT, SignInAttempt
from accounts.single_sign_on.views import MOST_WAITING, callback_address, provider_or_404

LONGEST_CODE: Final = 4096


@require_safe
@never_cache
def callback(request: HttpRequest, key: str) -> HttpResponseBase:
    """Ask the provider who signed in there, then continue with the purpose of the attempt."""
    provider, attempt, now = provider_or_404(key), sign_in_attempt.recall(request), timezone.now()
    if not _is_answer_to(request, attempt, provider) or attempt is None:
        return show_problem(request, error_pages.stale())
    identity = read_remote_answer(request)
    if identity is None:
        answer = _fetch_person(request, provider, attempt, now)
    else:
        answer = _finish_attempt(request, provider, attempt, identity, now)
    if not isinstance(answer, RemoteCall):
        sign_in_attempt.forget(answer)
    return answer


def _is_answer_to(request: HttpRequest, attempt: SignInAttempt | None, provider: Provider) -> bool:
    return (
        attempt is not None
        and attempt.provider == provider.key
        and attempt.answers(request.GET.get("state", ""))
    )


def _fetch_person(
    request: HttpRequest, provider: Provider, attempt: SignInAttempt, now: datetime
) -> HttpResponseBase:
    """Ask the provider. The attempt is used up first, so it counts once whatever the result."""
    if again := throttle.count_try(_make_try(request), now=now):
        return show_problem(
            request, error_pages.too_many(reauthentication.refuse_until(again, now))
        )
    if not single_use.spend("state", attempt.number, now=now):
        return show_problem(request, error_pages.stale())
    code, named = request.GET.get("code", ""), request.GET.get("iss", "")
    if named and named != provider.issuer:
        return show_problem(request, error_pages.untrusted(provider))
    if "error" in request.GET or not code or len(code) > LONGEST_CODE:
        return show_problem(request, error_pages.cancelled(provider))
    # Imported on use: a site without providers does not need it.
    from accounts.single_sign_on.oidc import provider_client

    secrets, back = attempt.secrets(), callback_address(request, provider)
    return RemoteCall(
        lambda: provider_client.fetch_person(provider, secrets, code=code, back=back, named=named),
        kind=provider.key,
        most=MOST_WAITING,
    )


def _finish_attempt(
    request: HttpRequest,
    provider: Provider,
    attempt: SignInAttempt,
    identity: ProviderIdentity | RemoteFailure,
    now: datetime,
) -> HttpResponseBase:
    if isinstance(identity, RemoteFailure):
        problem = error_pages.down(provider) if identity.down else error_pages.untrusted(provider)
        return show_problem(request, problem)
    try:
        if attempt.purpose == CONNECT:
            return _connect(request, provider, attempt, identity, now)
        if attempt.purpose == CONFIRM:
            return _confirm(request, provider, attempt, identity, now)
        return _sign_in(request, provider, attempt, identity, now)
    except account_links.NoAccount as error:
        # The provider identified the person, so this was no guess.
        throttle.clear_tries(_make_try(request))
        return show_problem(request, error_pages.no_account(error.sentence))


def _sign_in(
    request: HttpRequest,
    provider: Provider,
    attempt: SignInAttempt,
    identity: ProviderIdentity,
    now: datetime,
) -> HttpResponseBase:
    person = account_links.find_or_make_person(provider, identity, now=now)
    person = update_roles(provider, identity, person, now=now)
    throttle.clear_tries(_make_try(request))
    step = views.FirstStep(
        then=attempt.then,
        confirmed_at=min(identity.signed_in_at, now) if identity.signed_in_at else None,
        factor_at=now if identity.has_second_factor else None,
        sso_digest=account_links.digest_session(identity.issuer, identity.session)
        if identity.session
        else None,
    )
    answer = views.finish_first_step(request, person, step, now=now)
    provider_logout.remember_provider(answer, provider)
    return answer


def _confirm(
    request: HttpRequest,
    provider: Provider,
    attempt: SignInAttempt,
    identity: ProviderIdentity,
    now: datetime,
) -> HttpResponseBase:
    """Confirm the person's identity, as strongly as their account requires.

    Without the time of the sign-in there, a person at an unlocked browser could have removed
    `prompt=login` from the address.
    """
    user = _find_starter(request, attempt)
    if user is None or account_links.find_by_subject(identity.issuer, identity.subject) != user:
        return show_problem(request, error_pages.another_person(provider))
    needs_factor = second_factor.needs_factor(
        user.roles, has_factor=second_factor.find_factor(user) is not None
    )
    account_links.record_tells_time(identity)
    at = identity.signed_in_at
    if at is None or at <= now - RECENT or (needs_factor and not identity.has_second_factor):
        return show_problem(request, error_pages.not_confirmed(provider))
    throttle.clear_tries(_make_try(request))
    sign_in_state.record_confirmation(request, now=min(at, now))
    return redirect(redirects.keep_own_address(request, attempt.then) or redirects.START)


def _connect(
    request: HttpRequest,
    provider: Provider,
    attempt: SignInAttempt,
    identity: ProviderIdentity,
    now: datetime,
) -> HttpResponseBase:
    user = _find_starter(request, attempt)
    if user is None:
        return show_problem(request, error_pages.stale())
    account_links.connect(provider, identity, user, now=now)
    throttle.clear_tries(_make_try(request))
    return redirect(f"{reverse('accounts:security')}?done=connected")


def _find_starter(request: HttpRequest, attempt: SignInAttempt) -> User | None:
    """Return the signed-in user if the same person began the attempt, else None."""
    user = request.user
    same = isinstance(user, User) and page_mark(user) == attempt.person
    return user if isinstance(user, User) and same else None


def _make_try(request: HttpRequest) -> throttle.SignInTry:
    network = str(request.META.get("REMOTE_ADDR", ""))
    place = throttle.AttemptOrigin(network, known_browser.find_any_number(request))
    return throttle.SignInTry("", place, throttle.ELSEWHERE)
