"""`/accounts/sso/<key>/callback/`: back from a provider, with a code or with an error."""

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
from accounts.remote_call import NotHeard, RemoteQuestion, heard_by
from accounts.sessions import sign_in_state
from accounts.sessions.page_owner import page_mark
from accounts.sign_in import known_browser, reauthentication, redirects, single_use, throttle, views
from accounts.single_sign_on import account_links, error_pages, provider_logout, sign_in_attempt
from accounts.single_sign_on.error_pages import show_problem
from accounts.single_sign_on.oidc.claims import SignedInElsewhere
from accounts.single_sign_on.providers import Provider
from accounts.single_sign_on.role_mapping import update_roles
from accounts.single_sign_on.sign_in_attempt import CONFIRM, CONNECT, SignInAttempt
from accounts.single_sign_on.views import MOST_WAITING, provider_or_404, way_back

LONGEST_CODE: Final = 4096


@require_safe
@never_cache
def callback(request: HttpRequest, key: str) -> HttpResponseBase:
    """Ask the provider who signed in there, then go on by what the attempt was for."""
    provider, attempt, now = provider_or_404(key), sign_in_attempt.recall(request), timezone.now()
    if not _is_answer_to(request, attempt, provider) or attempt is None:
        return show_problem(request, error_pages.stale())
    heard = heard_by(request)
    if heard is None:
        answer = _ask_who(request, provider, attempt, now)
    else:
        answer = _go_on(request, provider, attempt, heard, now)
    if not isinstance(answer, RemoteQuestion):
        sign_in_attempt.forget(answer)
    return answer


def _is_answer_to(request: HttpRequest, attempt: SignInAttempt | None, provider: Provider) -> bool:
    return (
        attempt is not None
        and attempt.provider == provider.key
        and attempt.answers(request.GET.get("state", ""))
    )


def _ask_who(
    request: HttpRequest, provider: Provider, attempt: SignInAttempt, now: datetime
) -> HttpResponseBase:
    """Use the attempt up before anything is asked: it counts once, whatever comes of it."""
    if again := throttle.take(_try_of(request), now=now):
        return show_problem(request, error_pages.too_many(reauthentication.rest(again, now)))
    if not single_use.spend("state", attempt.number, now=now):
        return show_problem(request, error_pages.stale())
    code, named = request.GET.get("code", ""), request.GET.get("iss", "")
    if named and named != provider.issuer:
        return show_problem(request, error_pages.untrusted(provider))
    if "error" in request.GET or not code or len(code) > LONGEST_CODE:
        return show_problem(request, error_pages.cancelled(provider))
    # Loaded where it is used: a site without providers has no use for it.
    from accounts.single_sign_on.oidc import provider_client

    secrets, back = attempt.secrets(), way_back(request, provider)
    return RemoteQuestion(
        lambda: provider_client.fetch_person(provider, secrets, code=code, back=back, named=named),
        kind=provider.key,
        most=MOST_WAITING,
    )


def _go_on(
    request: HttpRequest,
    provider: Provider,
    attempt: SignInAttempt,
    heard: SignedInElsewhere | NotHeard,
    now: datetime,
) -> HttpResponseBase:
    if isinstance(heard, NotHeard):
        problem = error_pages.down(provider) if heard.down else error_pages.untrusted(provider)
        return show_problem(request, problem)
    try:
        if attempt.purpose == CONNECT:
            return _connect(request, provider, attempt, heard, now)
        if attempt.purpose == CONFIRM:
            return _confirm(request, provider, attempt, heard, now)
        return _sign_in(request, provider, attempt, heard, now)
    except account_links.NoAccountHere as error:
        # The provider said who it is: this was no guess.
        throttle.clear(_try_of(request))
        return show_problem(request, error_pages.no_account(error.sentence))


def _sign_in(
    request: HttpRequest,
    provider: Provider,
    attempt: SignInAttempt,
    seen: SignedInElsewhere,
    now: datetime,
) -> HttpResponseBase:
    person = account_links.find_or_make_person(provider, seen, now=now)
    person = update_roles(provider, seen, person, now=now)
    throttle.clear(_try_of(request))
    step = views.FirstStep(
        then=attempt.then,
        confirmed_at=min(seen.signed_in_at, now) if seen.signed_in_at else None,
        factor_at=now if seen.has_second_factor else None,
        sso_digest=account_links.digest_session(seen.issuer, seen.session)
        if seen.session
        else None,
    )
    answer = views.finish_first_step(request, person, step, now=now)
    provider_logout.remember_provider(answer, provider)
    return answer


def _confirm(
    request: HttpRequest,
    provider: Provider,
    attempt: SignInAttempt,
    seen: SignedInElsewhere,
    now: datetime,
) -> HttpResponseBase:
    """Confirm that it is still them, as strongly as the account needs it.

    Without the time of the sign-in there, a person at an unlocked browser could have taken
    `prompt=login` out of the address.
    """
    user = _who_began(request, attempt)
    if user is None or account_links.find_by_subject(seen.issuer, seen.subject) != user:
        return show_problem(request, error_pages.another_person(provider))
    owes = second_factor.owed(user.roles, held=second_factor.of(user) is not None)
    account_links.note_time_told(seen)
    at = seen.signed_in_at
    if at is None or at <= now - RECENT or (owes and not seen.has_second_factor):
        return show_problem(request, error_pages.not_confirmed(provider))
    throttle.clear(_try_of(request))
    sign_in_state.confirm(request, now=min(at, now))
    return redirect(redirects.own(request, attempt.then) or redirects.START)


def _connect(
    request: HttpRequest,
    provider: Provider,
    attempt: SignInAttempt,
    seen: SignedInElsewhere,
    now: datetime,
) -> HttpResponseBase:
    user = _who_began(request, attempt)
    if user is None:
        return show_problem(request, error_pages.stale())
    account_links.connect(provider, seen, user, now=now)
    throttle.clear(_try_of(request))
    return redirect(f"{reverse('accounts:security')}?done=connected")


def _who_began(request: HttpRequest, attempt: SignInAttempt) -> User | None:
    """Return who is signed in, only where the same person began the attempt."""
    user = request.user
    same = isinstance(user, User) and page_mark(user) == attempt.person
    return user if isinstance(user, User) and same else None


def _try_of(request: HttpRequest) -> throttle.Try:
    network = str(request.META.get("REMOTE_ADDR", ""))
    place = throttle.Place(network, known_browser.number_of_anybody(request))
    return throttle.Try("", place, throttle.ELSEWHERE)
