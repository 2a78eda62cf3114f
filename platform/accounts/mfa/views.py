"""The pages that add and remove a second factor, and that show recovery codes, once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

import audit
from accounts.access import require_person, require_recent, signed_in
from accounts.mfa import second_factor
from accounts.models import User
from accounts.sessions import revocation, sign_in_state
from accounts.sign_in import known_browser, reauthentication, redirects
from accounts.sign_in.forms import CodeForm


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponseBase:
    """`/accounts/factor/add/`: for who must, between password and pages; for others, at will."""
    person = sign_in_state.waiting(request)
    return _add_at_will(request) if person is None else _add(request, person)


@require_person
@require_recent
def _add_at_will(request: HttpRequest) -> HttpResponseBase:
    return _add(request, signed_in(request))


def _add(request: HttpRequest, person: User) -> HttpResponseBase:
    now = timezone.now()
    if second_factor.of(person):
        return redirect("accounts:security" if request.user == person else "accounts:factor")
    if "begin" in request.POST:
        second_factor.begin(person, now=now)
        here = redirects.by_way_of("accounts:factor_add", redirects.asked_for(request))
        return redirect(here)
    form = CodeForm(request.POST) if request.method == "POST" else CodeForm()
    if request.method == "POST" and form.is_valid():
        return _first_code(request, person, form, now)
    return _show(request, person, form, now, status=400 if form.is_bound else 200)


def _first_code(
    request: HttpRequest, person: User, form: CodeForm, now: datetime
) -> HttpResponseBase:
    codes: list[str] = []

    def is_right() -> bool:
        codes.extend(second_factor.confirm(person, form.cleaned_data["proof"], now=now) or ())
        return bool(codes)

    if no := reauthentication.counted(
        request, person, is_right, reauthentication.WRONG_CODE, now=now
    ):
        form.add_error(None, no.text)
        return _show(request, person, form, now, status=no.status)
    return _added(request, person, codes, now)


@transaction.atomic
def _added(request: HttpRequest, person: User, codes: list[str], now: datetime) -> HttpResponse:
    """Other log-ins, tokens and keys were begun without the factor, so they end."""
    began = sign_in_state.sso_digest(request)
    revocation.end_all(person, by=person.code)
    if request.user != person:
        audit.record("person.sign_in", actor=person.code, subject=person.code)
    sign_in_state.begin(request, person, factor_at=now, confirmed_at=now, sso_digest=began)
    response = _codes(request, codes)
    known_browser.remember(request, response, person)
    return response


@never_cache
@require_POST
@require_person
@require_recent
def remove(request: HttpRequest) -> HttpResponseBase:
    """`/accounts/factor/remove/`: who must have one comes to the page that adds the next."""
    person, confirmed_at = signed_in(request), sign_in_state.confirmed_at(request)
    began = sign_in_state.sso_digest(request)
    second_factor.remove(person, actor=person.code, now=timezone.now())
    sign_in_state.begin(
        request, person, factor_at=None, confirmed_at=confirmed_at, sso_digest=began
    )
    must = second_factor.required(person.roles)
    return redirect("accounts:factor_add" if must else "accounts:security")


@never_cache
@require_POST
@require_person
@require_recent
def codes(request: HttpRequest) -> HttpResponseBase:
    """`/accounts/factor/codes/`: ten new recovery codes; the old ones are void."""
    person = signed_in(request)
    if second_factor.of(person) is None:
        return redirect("accounts:security")
    return _codes(request, second_factor.new_codes(person, now=timezone.now()))


def _codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    context = {"codes": codes, "then": redirects.wanted(request)}
    return render(request, "accounts/recovery_codes.html", context)


def _show(
    request: HttpRequest, person: User, form: CodeForm, now: datetime, status: int
) -> HttpResponse:
    secret = second_factor.begun(person, now=now)
    context: dict[str, Any] = {"next": redirects.asked_for(request), "form": form}
    context["must"] = second_factor.required(person.roles)
    if secret is None:
        return render(request, "accounts/factor_begin.html", context, status=status)
    link = second_factor.link(secret, request.get_host())
    context |= {"link": link, "secret": second_factor.in_groups(secret), "picture": _picture(link)}
    return render(request, "accounts/factor_add.html", context, status=status)


def _picture(link: str) -> str:
    """The link as a QR code, black on white in dark mode too: cameras want it so."""
    # Of a web process's memory only who adds a factor has use for it.
    import segno

    code = segno.make(link, error="m")
    return str(code.svg_data_uri(scale=4, border=4, dark="#000", light="#fff"))
