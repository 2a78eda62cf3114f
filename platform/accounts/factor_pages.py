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
from accounts import ending, factors, known_browser, log_ins, proofs, ways_back
from accounts.access import require_person, require_recent, signed_in
from accounts.forms import CodeForm
from accounts.models import User


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponseBase:
    """`/accounts/factor/add/`: for who must, between password and pages; for others, at will."""
    person = log_ins.waiting(request)
    return _add_at_will(request) if person is None else _add(request, person)


@require_person
@require_recent
def _add_at_will(request: HttpRequest) -> HttpResponseBase:
    return _add(request, signed_in(request))


def _add(request: HttpRequest, person: User) -> HttpResponseBase:
    now = timezone.now()
    if factors.of(person):
        return redirect("accounts:security" if request.user == person else "accounts:factor")
    if "begin" in request.POST:
        factors.begin(person, now=now)
        here = ways_back.by_way_of("accounts:factor_add", ways_back.asked_for(request))
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
        codes.extend(factors.confirm(person, form.cleaned_data["proof"], now=now) or ())
        return bool(codes)

    if no := proofs.counted(request, person, is_right, proofs.WRONG_CODE, now=now):
        form.add_error(None, no.text)
        return _show(request, person, form, now, status=no.status)
    return _added(request, person, codes, now)


@transaction.atomic
def _added(request: HttpRequest, person: User, codes: list[str], now: datetime) -> HttpResponse:
    """Other log-ins, tokens and keys were begun without the factor, so they end."""
    began = log_ins.sso_digest(request)
    ending.end_all(person, by=person.code)
    if request.user != person:
        audit.record("person.sign_in", actor=person.code, subject=person.code)
    log_ins.begin(request, person, factor_at=now, confirmed_at=now, sso_digest=began)
    response = _codes(request, codes)
    known_browser.remember(request, response, person)
    return response


@never_cache
@require_POST
@require_person
@require_recent
def remove(request: HttpRequest) -> HttpResponseBase:
    """`/accounts/factor/remove/`: who must have one comes to the page that adds the next."""
    person, confirmed_at = signed_in(request), log_ins.confirmed_at(request)
    began = log_ins.sso_digest(request)
    factors.remove(person, actor=person.code, now=timezone.now())
    log_ins.begin(request, person, factor_at=None, confirmed_at=confirmed_at, sso_digest=began)
    must = factors.required(person.roles)
    return redirect("accounts:factor_add" if must else "accounts:security")


@never_cache
@require_POST
@require_person
@require_recent
def codes(request: HttpRequest) -> HttpResponseBase:
    """`/accounts/factor/codes/`: ten new recovery codes; the old ones are void."""
    person = signed_in(request)
    if factors.of(person) is None:
        return redirect("accounts:security")
    return _codes(request, factors.new_codes(person, now=timezone.now()))


def _codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    context = {"codes": codes, "then": ways_back.wanted(request)}
    return render(request, "accounts/recovery_codes.html", context)


def _show(
    request: HttpRequest, person: User, form: CodeForm, now: datetime, status: int
) -> HttpResponse:
    secret = factors.begun(person, now=now)
    context: dict[str, Any] = {"next": ways_back.asked_for(request), "form": form}
    context["must"] = factors.required(person.roles)
    if secret is None:
        return render(request, "accounts/factor_begin.html", context, status=status)
    link = factors.link(secret, request.get_host())
    context |= {"link": link, "secret": factors.in_groups(secret), "picture": _picture(link)}
    return render(request, "accounts/factor_add.html", context, status=status)


def _picture(link: str) -> str:
    """The link as a QR code, black on white in dark mode too: cameras want it so."""
    # Of a web process's memory only who adds a factor has use for it.
    import segno

    code = segno.make(link, error="m")
    return str(code.svg_data_uri(scale=4, border=4, dark="#000", light="#fff"))
