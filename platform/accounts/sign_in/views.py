"""Pages for signing in and out: the password, then the code if one is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from django.conf import settings
from django.contrib.auth import authenticate, logout
from django.db import transaction
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

import audit
from accounts.access import refuse_anonymous
from accounts.keyed_hash import digest_login
from accounts.mail import queue
from accounts.mfa import second_factor
from accounts.models import User
from accounts.people import find_by_typed
from accounts.sessions import sign_in_state
from accounts.sessions.session_store import sign_out_everywhere
from accounts.sign_in import known_browser, reauthentication, redirects, throttle
from accounts.sign_in.fetch_metadata import is_navigation
from accounts.sign_in.forms import WRONG, CodeForm, LogInForm, RecoveryForm
from accounts.sign_in.launch_cookie import name_launch_cookie
from accounts.single_sign_on import provider_logout

EVERYWHERE = "everywhere"
# A primary key that no person has.
NO_USER_ID = 0
private_page = method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")


@private_page
class LogIn(View):
    """`/accounts/login/`: sign in, then go to the requested page or the start page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User):
            return redirect(redirects.next_page(request))
        out = request.GET.get("out")
        after = {"logged_out": out is not None, "tokens_work": out != EVERYWHERE}
        more = {} if out is None else {"also": provider_logout.find_offer(request)}
        return show_page(request, "login", LogInForm(), after=after, more=more)

    def post(self, request: HttpRequest) -> HttpResponse:
        form, now = LogInForm(request.POST), timezone.now()
        if not form.is_valid():
            return show_page(request, "login", form, status=400)
        name, password = form.cleaned_data["login"], form.cleaned_data["password"]
        attempt = throttle.SignInTry(name, _find_place(request, name))
        if again := throttle.count_try(attempt, now=now):
            return show_refusal(request, "login", form, reauthentication.refuse_until(again, now))
        person = find_by_typed(name)
        user = authenticate(request, person=person, password=password)
        if not isinstance(user, User):
            _note_failure(person)
            return show_refusal(request, "login", form, reauthentication.Refusal(str(WRONG)))
        throttle.clear_tries(attempt)
        return continue_after_password(request, user, now)


@private_page
class Factor(View):
    """`/accounts/factor/`: the second step of signing in."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        person = sign_in_state.find_waiting_user(request)
        if person is None:
            return _not_waiting(request)
        if second_factor.find_factor(person) is None:
            return redirect(
                redirects.address_with_next("accounts:factor_add", redirects.read_next(request))
            )
        return show_page(request, "factor", CodeForm())

    def post(self, request: HttpRequest) -> HttpResponseBase:
        person, now = sign_in_state.find_waiting_user(request), timezone.now()
        if person is None:
            return _not_waiting(request)
        form = RecoveryForm(request.POST)
        if not form.is_valid():
            return show_page(request, "factor", CodeForm(request.POST), status=400)
        if refusal := reauthentication.check_code(
            request, person, form.cleaned_data["proof"], now=now
        ):
            return show_refusal(request, "factor", CodeForm(request.POST), refusal)
        then, began = redirects.read_next(request), sign_in_state.read_sso_digest(request)
        step = FirstStep(then, confirmed_at=now, factor_at=now, sso_digest=began)
        return finish_sign_in(request, person, now=now, step=step)


@require_POST
def log_out(request: HttpRequest) -> HttpResponseBase:
    """`/accounts/logout/`: end this session, or with `everywhere` all sessions of this person.

    A session that waits for its second factor ends too.
    """
    user, waiting = request.user, sign_in_state.find_waiting_user(request) is not None
    everywhere = isinstance(user, User) and EVERYWHERE in request.POST
    with transaction.atomic():
        if isinstance(user, User):
            public = {EVERYWHERE: everywhere}
            audit.record("person.sign_out", actor=user.code, subject=user.code, public=public)
            if everywhere:
                sign_out_everywhere(user, by=user.code)
        logout(request)
    answer: HttpResponseBase
    if is_navigation(request):
        out = EVERYWHERE if everywhere else "1"
        answer = redirect(f"{reverse('accounts:login')}?out={out}")
    elif waiting or isinstance(user, User):
        answer = HttpResponse(status=204)
    else:
        answer = refuse_anonymous(request)
    # Videos and page fragments are cached for one reader; the next person must not see them.
    answer["Clear-Site-Data"] = '"cache", "storage"'
    # A launch that waits for its person must not wait for the next one.
    answer.delete_cookie(name_launch_cookie(), samesite="Lax")
    return answer


@dataclass(frozen=True, slots=True)
class FirstStep:
    """The first step of signing in: a password, or a sign-in at a provider.

    `then`: the page to go to. `factor_at`: when the provider verified a second factor.
    `sso_digest`: see `sign_in_state.begin_session`.
    """

    then: str
    confirmed_at: datetime | None
    factor_at: datetime | None = None
    sso_digest: str | None = None


@transaction.atomic
def finish_sign_in(
    request: HttpRequest, user: User, *, now: datetime, step: FirstStep
) -> HttpResponse:
    """Finish the sign-in: a new session key, an audit leaf, a redirect to the requested page."""
    # No mail about the very first sign-in.
    if (
        user.last_login is not None
        and known_browser.find_number(request, user.login_digest) is None
    ):
        queue.queue_new_browser_notice(user, now=now)
    sign_in_state.begin_session(
        request,
        user,
        factor_at=step.factor_at,
        confirmed_at=step.confirmed_at,
        sso_digest=step.sso_digest,
    )
    audit.record("person.sign_in", actor=user.code, subject=user.code)
    response = redirect(redirects.keep_own_address(request, step.then) or redirects.START)
    known_browser.remember(request, response, user)
    return response


def show_page(
    request: HttpRequest,
    page: str,
    form: Form,
    status: int = 200,
    *,
    after: Mapping[str, bool] = MappingProxyType({}),
    problem: str = "",
    more: Mapping[str, object] = MappingProxyType({}),
) -> HttpResponse:
    """Render one of the pages for signing in; `after`: what the page says after a log-out.

    `problem`: what went wrong at a provider; `more`: context of one page alone.
    """
    context = {
        **after,
        **more,
        "form": form,
        "problem": problem,
        "rules": settings.SIGN_IN_RULES,
        "has_mail": queue.has_server(),
        "recovery": RecoveryForm(auto_id="recovery_%s"),
        "next": redirects.read_next(request),
    }
    return render(request, f"accounts/{page}.html", context, status=status)


def show_refusal(
    request: HttpRequest, page: str, form: Form, refusal: reauthentication.Refusal
) -> HttpResponse:
    """Render the page again with the refusal."""
    return reauthentication.render_refusal(
        form, refusal, lambda status: show_page(request, page, form, status)
    )


def _find_place(request: HttpRequest, typed: str) -> throttle.AttemptOrigin:
    """Return where an attempt comes from; a known browser may also use the e-mail of its person.

    For any other browser no person is looked up before the attempt is allowed.
    """
    person = find_by_typed(typed) if known_browser.find_any_number(request) else None
    return reauthentication.find_place(
        request, person.login_digest if person else digest_login(typed)
    )


@transaction.atomic
def _note_failure(person: User | None) -> None:
    """Record the failed sign-in; unknown names and people being erased get no subject.

    One statement in both cases, so that its duration does not reveal who has an account.
    """
    rows = User.objects.filter(pk=person.pk if person else NO_USER_ID, is_active=True)
    subject = rows.values_list("code", flat=True).first()
    audit.record("person.sign_in_failed", actor=None, subject=subject)


def continue_after_password(request: HttpRequest, user: User, now: datetime) -> HttpResponse:
    """Go on to the second factor if one is needed, else finish the sign-in."""
    step = FirstStep(redirects.read_next(request), confirmed_at=now)
    answer = finish_first_step(request, user, step, now=now)
    provider_logout.forget_provider(request, answer)
    return answer


def finish_first_step(
    request: HttpRequest, user: User, step: FirstStep, *, now: datetime
) -> HttpResponse:
    """Go on to the second factor if it is needed and was not verified; else finish the sign-in."""
    needed = second_factor.needs_factor(
        user.roles, has_factor=second_factor.find_factor(user) is not None
    )
    if step.factor_at is not None or not needed:
        return finish_sign_in(request, user, now=now, step=step)
    sign_in_state.begin_session(
        request, user, factor_at=None, confirmed_at=None, sso_digest=step.sso_digest
    )
    return redirect(redirects.address_with_next("accounts:factor", step.then))


def _not_waiting(request: HttpRequest) -> HttpResponseBase:
    if isinstance(request.user, User):
        return redirect(redirects.next_page(request))
    return refuse_anonymous(request)
