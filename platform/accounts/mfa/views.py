"""Pages that add and remove a second factor, and show recovery codes once."""

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
from accounts.access import current_user, require_person, require_recent
from accounts.mfa import second_factor
from accounts.models import User
from accounts.sessions import revocation, sign_in_state
from accounts.sign_in import known_browser, reauthentication, redirects
from accounts.sign_in.forms import CodeForm


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def add(request: HttpRequest) -> HttpResponseBase:
    """`/accounts/factor/add/`: set up a second factor, at any time or while signing in."""
    person = sign_in_state.find_waiting_user(request)
    return _add_at_will(request) if person is None else _add(request, person)


@require_person
@require_recent
def _add_at_will(request: HttpRequest) -> HttpResponseBase:
    return _add(request, current_user(request))


def _add(request: HttpRequest, person: User) -> HttpResponseBase:
    now = timezone.now()
    if second_factor.find_factor(person):
        return redirect("accounts:security" if request.user == person else "accounts:factor")
    if "begin" in request.POST:
        second_factor.begin_setup(person, now=now)
        here = redirects.address_with_next("accounts:factor_add", redirects.read_next(request))
        return redirect(here)
    form = CodeForm(request.POST) if request.method == "POST" else CodeForm()
    if request.method == "POST" and form.is_valid():
        return _check_first_code(request, person, form, now)
    return _show(request, person, form, now, status=400 if form.is_bound else 200)


def _check_first_code(
    request: HttpRequest, person: User, form: CodeForm, now: datetime
) -> HttpResponseBase:
    codes: list[str] = []

    def is_right() -> bool:
        codes.extend(second_factor.confirm_setup(person, form.cleaned_data["proof"], now=now) or ())
        return bool(codes)

    if no := reauthentication.check_with_throttle(
        request, person, is_right, reauthentication.WRONG_CODE, now=now
    ):
        form.add_error(None, no.text)
        return _show(request, person, form, now, status=no.status)
    return _finish_setup(request, person, codes, now)


@transaction.atomic
def _finish_setup(
    request: HttpRequest, person: User, codes: list[str], now: datetime
) -> HttpResponse:
    """Sign the person in with the factor.

    Other sessions, tokens and keys began without it, so they end.
    """
    began = sign_in_state.read_sso_digest(request)
    revocation.end_all(person, by=person.code)
    if request.user != person:
        audit.record("person.sign_in", actor=person.code, subject=person.code)
    sign_in_state.begin_session(request, person, factor_at=now, confirmed_at=now, sso_digest=began)
    response = _show_codes(request, codes)
    known_browser.remember(request, response, person)
    return response


@never_cache
@require_POST
@require_person
@require_recent
def remove(request: HttpRequest) -> HttpResponseBase:
    """`/accounts/factor/remove/`: people who must have one go on to the page that adds the next."""
    person, confirmed_at = current_user(request), sign_in_state.read_confirmed_at(request)
    began = sign_in_state.read_sso_digest(request)
    second_factor.remove(person, actor=person.code, now=timezone.now())
    sign_in_state.begin_session(
        request, person, factor_at=None, confirmed_at=confirmed_at, sso_digest=began
    )
    must = second_factor.is_required(person.roles)
    return redirect("accounts:factor_add" if must else "accounts:security")


@never_cache
@require_POST
@require_person
@require_recent
def codes(request: HttpRequest) -> HttpResponseBase:
    """`/accounts/factor/codes/`: replace the recovery codes with ten new ones."""
    person = current_user(request)
    if second_factor.find_factor(person) is None:
        return redirect("accounts:security")
    return _show_codes(request, second_factor.replace_recovery_codes(person, now=timezone.now()))


def _show_codes(request: HttpRequest, codes: list[str]) -> HttpResponse:
    context = {"codes": codes, "then": redirects.next_page(request)}
    return render(request, "accounts/recovery_codes.html", context)


def _show(
    request: HttpRequest, person: User, form: CodeForm, now: datetime, status: int
) -> HttpResponse:
    secret = second_factor.read_new_secret(person, now=now)
    context: dict[str, Any] = {"next": redirects.read_next(request), "form": form}
    context["must"] = second_factor.is_required(person.roles)
    if secret is None:
        return render(request, "accounts/factor_begin.html", context, status=status)
    link = second_factor.make_otpauth_uri(secret, request.get_host())
    context |= {
        "link": link,
        "secret": second_factor.group_characters(secret),
        "picture": _draw_qr_code(link),
    }
    return render(request, "accounts/factor_add.html", context, status=status)


def _draw_qr_code(link: str) -> str:
    """Return the link as a QR code, black on white even in dark mode, as scanners need it."""
    # Imported on use, to save memory in the web processes.
    import segno

    code = segno.make(link, error="m")
    return str(code.svg_data_uri(scale=4, border=4, dark="#000", light="#fff"))
