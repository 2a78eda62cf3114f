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

from accounts import factors, known_browser, log_ins, proofs, spending, throttle, views, ways_back
from accounts.access import RECENT
from accounts.models import User
from accounts.remote_question import NotHeard, RemoteQuestion, heard_by
from accounts.same_person import page_mark
from accounts.single_sign_on import attempts, linking, problems, sign_out
from accounts.single_sign_on.attempts import CONFIRM, CONNECT, SignInAttempt
from accounts.single_sign_on.claims import SignedInElsewhere
from accounts.single_sign_on.pages import MOST_WAITING, provider_or_404, way_back
from accounts.single_sign_on.problems import show_problem
from accounts.single_sign_on.providers import Provider
from accounts.single_sign_on.role_claims import update_roles

LONGEST_CODE: Final = 4096


@require_safe
@never_cache
def callback(request: HttpRequest, key: str) -> HttpResponseBase:
    """Ask the provider who signed in there, then go on by what the attempt was for."""
    provider, attempt, now = provider_or_404(key), attempts.recall(request), timezone.now()
    if not _is_answer_to(request, attempt, provider) or attempt is None:
        return show_problem(request, problems.stale())
    heard = heard_by(request)
    if heard is None:
        answer = _ask_who(request, provider, attempt, now)
    else:
        answer = _go_on(request, provider, attempt, heard, now)
    if not isinstance(answer, RemoteQuestion):
        attempts.forget(answer)
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
        return show_problem(request, problems.too_many(proofs.rest(again, now)))
    if not spending.spend("state", attempt.number, now=now):
        return show_problem(request, problems.stale())
    code, named = request.GET.get("code", ""), request.GET.get("iss", "")
    if named and named != provider.issuer:
        return show_problem(request, problems.untrusted(provider))
    if "error" in request.GET or not code or len(code) > LONGEST_CODE:
        return show_problem(request, problems.cancelled(provider))
    # Loaded where it is used: a site without providers has no use for it.
    from accounts.single_sign_on import exchange

    secrets, back = attempt.secrets(), way_back(request, provider)
    return RemoteQuestion(
        lambda: exchange.fetch_person(provider, secrets, code=code, back=back, named=named),
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
        problem = problems.down(provider) if heard.down else problems.untrusted(provider)
        return show_problem(request, problem)
    try:
        if attempt.purpose == CONNECT:
            return _connect(request, provider, attempt, heard, now)
        if attempt.purpose == CONFIRM:
            return _confirm(request, provider, attempt, heard, now)
        return _sign_in(request, provider, attempt, heard, now)
    except linking.NoAccountHere as error:
        # The provider said who it is: this was no guess.
        throttle.clear(_try_of(request))
        return show_problem(request, problems.no_account(error.sentence))


def _sign_in(
    request: HttpRequest,
    provider: Provider,
    attempt: SignInAttempt,
    seen: SignedInElsewhere,
    now: datetime,
) -> HttpResponseBase:
    person = linking.find_or_make_person(provider, seen, now=now)
    person = update_roles(provider, seen, person, now=now)
    throttle.clear(_try_of(request))
    step = views.FirstStep(
        then=attempt.then,
        confirmed_at=min(seen.signed_in_at, now) if seen.signed_in_at else None,
        factor_at=now if seen.has_second_factor else None,
        sso_digest=linking.digest_session(seen.issuer, seen.session) if seen.session else None,
    )
    answer = views.finish_first_step(request, person, step, now=now)
    sign_out.remember_provider(answer, provider)
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
    if user is None or linking.find_by_subject(seen.issuer, seen.subject) != user:
        return show_problem(request, problems.another_person(provider))
    owes = factors.owed(user.roles, held=factors.of(user) is not None)
    linking.note_time_told(seen)
    at = seen.signed_in_at
    if at is None or at <= now - RECENT or (owes and not seen.has_second_factor):
        return show_problem(request, problems.not_confirmed(provider))
    throttle.clear(_try_of(request))
    log_ins.confirm(request, now=min(at, now))
    return redirect(ways_back.own(request, attempt.then) or ways_back.START)


def _connect(
    request: HttpRequest,
    provider: Provider,
    attempt: SignInAttempt,
    seen: SignedInElsewhere,
    now: datetime,
) -> HttpResponseBase:
    user = _who_began(request, attempt)
    if user is None:
        return show_problem(request, problems.stale())
    linking.connect(provider, seen, user, now=now)
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
