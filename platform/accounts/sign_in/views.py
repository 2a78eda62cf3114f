"""The pages for signing in and out: the password, then the code where one is owed."""

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
from accounts.access import anonymous
from accounts.keyed_hash import digest
from accounts.mail import queue
from accounts.mfa import second_factor
from accounts.models import User
from accounts.people import find_by_typed
from accounts.sessions import sign_in_state
from accounts.sessions.session_store import sign_out_everywhere
from accounts.sign_in import known_browser, reauthentication, redirects, throttle
from accounts.sign_in.fetch_metadata import navigates
from accounts.sign_in.forms import WRONG, CodeForm, LogInForm, RecoveryForm
from accounts.single_sign_on import provider_logout

EVERYWHERE = "everywhere"
# A key that no person has.
NOBODY = 0
private = method_decorator([never_cache, sensitive_post_parameters()], name="dispatch")


@private
class LogIn(View):
    """`/accounts/login/`: who succeeds goes where they wanted to go, else to their start page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User):
            return redirect(redirects.wanted(request))
        out = request.GET.get("out")
        after = {"logged_out": out is not None, "tokens_work": out != EVERYWHERE}
        more = {} if out is None else {"also": provider_logout.find_offer(request)}
        return show(request, "login", LogInForm(), after=after, more=more)

    def post(self, request: HttpRequest) -> HttpResponse:
        form, now = LogInForm(request.POST), timezone.now()
        if not form.is_valid():
            return show(request, "login", form, status=400)
        name, password = form.cleaned_data["login"], form.cleaned_data["password"]
        tried = throttle.Try(name, _find_place(request, name))
        if again := throttle.take(tried, now=now):
            return refused(request, "login", form, reauthentication.rest(again, now))
        person = find_by_typed(name)
        user = authenticate(request, person=person, password=password)
        if not isinstance(user, User):
            _note_failure(person)
            return refused(request, "login", form, reauthentication.Refusal(str(WRONG)))
        throttle.clear(tried)
        return password_was_right(request, user, now)


@private
class Factor(View):
    """`/accounts/factor/`: the second step of a log-in."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        person = sign_in_state.waiting(request)
        if person is None:
            return _not_waiting(request)
        if second_factor.of(person) is None:
            return redirect(
                redirects.by_way_of("accounts:factor_add", redirects.asked_for(request))
            )
        return show(request, "factor", CodeForm())

    def post(self, request: HttpRequest) -> HttpResponseBase:
        person, now = sign_in_state.waiting(request), timezone.now()
        if person is None:
            return _not_waiting(request)
        form = RecoveryForm(request.POST)
        if not form.is_valid():
            return show(request, "factor", CodeForm(request.POST), status=400)
        if no := reauthentication.by_code(request, person, form.cleaned_data["proof"], now=now):
            return refused(request, "factor", CodeForm(request.POST), no)
        then, began = redirects.asked_for(request), sign_in_state.sso_digest(request)
        step = FirstStep(then, confirmed_at=now, factor_at=now, sso_digest=began)
        return let_in(request, person, now=now, step=step)


@require_POST
def log_out(request: HttpRequest) -> HttpResponseBase:
    """`/accounts/logout/`: ends this log-in, or with `everywhere` each one of this person.

    A log-in that waits for its second factor ends here, too.
    """
    user, waiting = request.user, sign_in_state.waiting(request) is not None
    everywhere = isinstance(user, User) and EVERYWHERE in request.POST
    with transaction.atomic():
        if isinstance(user, User):
            public = {EVERYWHERE: everywhere}
            audit.record("person.sign_out", actor=user.code, subject=user.code, public=public)
            if everywhere:
                sign_out_everywhere(user, by=user.code)
        logout(request)
    answer: HttpResponseBase
    if navigates(request):
        out = EVERYWHERE if everywhere else "1"
        answer = redirect(f"{reverse('accounts:login')}?out={out}")
    elif waiting or isinstance(user, User):
        answer = HttpResponse(status=204)
    else:
        answer = anonymous(request)
    # Films and parts of pages are cached for their reader alone; the next person gets none of it.
    answer["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@dataclass(frozen=True, slots=True)
class FirstStep:
    """What came before the second factor: a password, or a sign-in at a provider.

    `then`: the page to go to. `factor_at`: when the provider saw a second factor. `sso_digest`:
    see `sign_in_state.begin`.
    """

    then: str
    confirmed_at: datetime | None
    factor_at: datetime | None = None
    sso_digest: str | None = None


@transaction.atomic
def let_in(request: HttpRequest, user: User, *, now: datetime, step: FirstStep) -> HttpResponse:
    """The log-in is whole: a fresh key, a leaf, and on to the page asked for."""
    # Of the very first sign-in the person needs no mail.
    if user.last_login is not None and known_browser.number(request, user.login_digest) is None:
        queue.ask_new_browser(user, now=now)
    sign_in_state.begin(
        request,
        user,
        factor_at=step.factor_at,
        confirmed_at=step.confirmed_at,
        sso_digest=step.sso_digest,
    )
    audit.record("person.sign_in", actor=user.code, subject=user.code)
    response = redirect(redirects.own(request, step.then) or redirects.START)
    known_browser.remember(request, response, user)
    return response


def show(
    request: HttpRequest,
    page: str,
    form: Form,
    status: int = 200,
    *,
    after: Mapping[str, bool] = MappingProxyType({}),
    problem: str = "",
    more: Mapping[str, object] = MappingProxyType({}),
) -> HttpResponse:
    """Render one of the pages for signing in; `after` = what the log-in page says of a log-out.

    `problem`: what went wrong at a provider; `more`: what one page alone shows.
    """
    context = {
        **after,
        **more,
        "form": form,
        "problem": problem,
        "rules": settings.SIGN_IN_RULES,
        "has_mail": queue.has_server(),
        "recovery": RecoveryForm(auto_id="recovery_%s"),
        "next": redirects.asked_for(request),
    }
    return render(request, f"accounts/{page}.html", context, status=status)


def refused(
    request: HttpRequest, page: str, form: Form, no: reauthentication.Refusal
) -> HttpResponse:
    """The page again, with what to do."""
    return reauthentication.answer_refused(
        form, no, lambda status: show(request, page, form, status)
    )


def _find_place(request: HttpRequest, typed: str) -> throttle.Place:
    """Return where a try comes from; a browser that knows a person knows their e-mail, too.

    In any other browser no person is looked up before the try is allowed.
    """
    person = find_by_typed(typed) if known_browser.number_of_anybody(request) else None
    return reauthentication.place(request, person.login_digest if person else digest(typed))


@transaction.atomic
def _note_failure(person: User | None) -> None:
    """Of a name that nobody has, nothing is kept; whoever is being erased gets no new salt.

    One statement in both cases, so that its time does not say who has an account.
    """
    rows = User.objects.filter(pk=person.pk if person else NOBODY, is_active=True)
    subject = rows.values_list("code", flat=True).first()
    audit.record("person.sign_in_failed", actor=None, subject=subject)


def password_was_right(request: HttpRequest, user: User, now: datetime) -> HttpResponse:
    """Go on to the second factor where one is needed, else sign the person in."""
    step = FirstStep(redirects.asked_for(request), confirmed_at=now)
    answer = finish_first_step(request, user, step, now=now)
    provider_logout.forget_provider(request, answer)
    return answer


def finish_first_step(
    request: HttpRequest, user: User, step: FirstStep, *, now: datetime
) -> HttpResponse:
    """Go on to the second factor where one is needed and none was seen, else let them in."""
    needed = second_factor.owed(user.roles, held=second_factor.of(user) is not None)
    if step.factor_at is not None or not needed:
        return let_in(request, user, now=now, step=step)
    sign_in_state.begin(
        request, user, factor_at=None, confirmed_at=None, sso_digest=step.sso_digest
    )
    return redirect(redirects.by_way_of("accounts:factor", step.then))


def _not_waiting(request: HttpRequest) -> HttpResponseBase:
    if isinstance(request.user, User):
        return redirect(redirects.wanted(request))
    return anonymous(request)
