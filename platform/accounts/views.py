"""The pages for signing in and out."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth import authenticate, login, logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

import audit
from accounts import throttle
from accounts.access import require_person
from accounts.forms import WRONG, LogInForm
from accounts.models import User
from accounts.sessions import sign_out_everywhere

PAGE = "accounts/login.html"
START = "/"


@method_decorator([never_cache, sensitive_post_parameters("login", "password")], name="dispatch")
class LogIn(View):
    """`/accounts/login/`: who succeeds goes where they wanted to go, else to their start page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User):
            return redirect(_wanted(request))
        return self._show(request, LogInForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = LogInForm(request.POST)
        if not form.is_valid():
            return self._show(request, form, status=400)
        name, password = form.cleaned_data["login"], form.cleaned_data["password"]
        if again := throttle.take(name, _network(request), now=timezone.now()):
            return self._rest(request, form, again)
        user = authenticate(request, login=name, password=password)
        if not isinstance(user, User):
            form.add_error(None, WRONG)
            return self._show(request, form, status=401)
        _sign_in(request, user, name)
        return redirect(_wanted(request))

    def _rest(self, request: HttpRequest, form: LogInForm, again: datetime) -> HttpResponse:
        at = timezone.localtime(again)
        form.add_error(None, f"Too many tries. Try again at {at:%H:%M}. Your account is safe.")
        response = self._show(request, form, status=429)
        response["Retry-After"] = str(max(1, int((again - timezone.now()).total_seconds())))
        return response

    def _show(self, request: HttpRequest, form: LogInForm, *, status: int = 200) -> HttpResponse:
        context = {"form": form, "next": request.POST.get("next") or request.GET.get("next", "")}
        return render(request, PAGE, context, status=status)


@require_POST
@require_person
def log_out(request: HttpRequest) -> HttpResponse:
    """`/accounts/logout/`: ends this log-in, or with `everywhere` each one of this person."""
    user = request.user
    if isinstance(user, User) and "everywhere" in request.POST:
        sign_out_everywhere(user)
    logout(request)
    return redirect("accounts:login")


@transaction.atomic
def _sign_in(request: HttpRequest, user: User, name: str) -> None:
    throttle.clear(name, _network(request))
    login(request, user)
    audit.record("person.sign_in", actor=user.code, subject=user.code)


def _network(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _wanted(request: HttpRequest) -> str:
    """The page asked for before the log-in, only where it is a page of this site."""
    wanted = request.POST.get("next") or request.GET.get("next") or START
    own = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if own else START
