"""Pages about one's own sign-in: open sessions, the password, and confirming who one is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

import audit
from accounts import people
from accounts.access import current_user, require_person, require_recent
from accounts.mail import queue
from accounts.mail.link_mails import can_mail
from accounts.mfa import second_factor
from accounts.models import User
from accounts.passwords.password_links import may_be_mailed
from accounts.passwords.password_rules import may_use_password
from accounts.sessions import session_store, sign_in_state
from accounts.sign_in import reauthentication, redirects
from accounts.sign_in.forms import CodeForm, NewPasswordForm, PasswordForm
from accounts.sign_in.views import private_page, show_page, show_refusal
from accounts.single_sign_on.account_links import may_disconnect
from accounts.single_sign_on.connections import find_confirming_providers, list_connections

DONE = {
    "password": _(
        "Your password was changed. You were signed out everywhere else, and your API "
        "tokens and device keys were revoked."
    ),
    "connected": _("The account is connected. You can now sign in with it."),
    "disconnected": _("The account is disconnected. You can no longer sign in with it."),
    "unlinked": _(
        "The learning platform was removed. You were signed out everywhere else, and your API "
        "tokens and device keys were revoked."
    ),
    "others": _(
        "You were signed out everywhere else, and your API tokens and device keys were revoked."
    ),
}


@dataclass(frozen=True, slots=True)
class OpenLogIn:
    """One open session. Place and device are not stored, so they cannot be shown."""

    began_at: datetime
    ends_at: datetime
    here: bool


@require_safe
@never_cache
@require_person
def security(request: HttpRequest) -> HttpResponse:
    """`/accounts/security/`: sessions, password, second factor and connections."""
    user = current_user(request)
    context = {
        "log_ins": open_log_ins(user, request.session.session_key, now=timezone.now()),
        "factor": second_factor.find_factor(user),
        "must": second_factor.is_required(user.roles),
        "codes_left": user.recovery_codes.count(),
        "connections": list_connections(user),
        "may_disconnect": may_disconnect(user),
        "has_password": may_use_password(user),
        "done": DONE.get(request.GET.get("done", ""), ""),
    }
    return render(request, "accounts/security.html", context)


@require_POST
@require_person
def sign_out_others(request: HttpRequest) -> HttpResponse:
    """`/accounts/security/others/`: sign out everywhere but here."""
    user = current_user(request)
    with transaction.atomic():
        ended = session_store.sign_out_elsewhere(user, str(request.session.session_key))
        audit.record(
            "person.sign_out", actor=user.code, subject=user.code, public={"log_ins": ended}
        )
    return _redirect_done("others")


@private_page
@method_decorator([require_person, require_recent], name="dispatch")
class Password(View):
    """`/accounts/password/`: change the password, which ends every other session."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return show_page(request, "password", NewPasswordForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form, now, user = NewPasswordForm(request.POST), timezone.now(), current_user(request)
        if not form.is_valid():
            return show_page(request, "password", form, status=400)
        if refusal := reauthentication.check_password(
            request, user, form.cleaned_data["old"], now=now
        ):
            return show_refusal(request, "password", form, refusal)
        factor_at, confirmed_at = (
            sign_in_state.read_factor_at(request),
            sign_in_state.read_confirmed_at(request),
        )
        began = sign_in_state.read_sso_digest(request)
        _change_password(user, form.cleaned_data["new"], now)
        sign_in_state.begin_session(
            request, user, factor_at=factor_at, confirmed_at=confirmed_at, sso_digest=began
        )
        return _redirect_done("password")


@private_page
@method_decorator(require_person, name="dispatch")
class Confirm(View):
    """`/accounts/confirm/`: prove one's identity again, then return to the requested page."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return _show_confirm(request, _proof_form(current_user(request))())

    def post(self, request: HttpRequest) -> HttpResponse:
        now, user = timezone.now(), current_user(request)
        form = _proof_form(user)(request.POST)
        if not form.is_valid():
            return _show_confirm(request, form, status=400)
        if refusal := reauthentication.check_proof(
            request, user, form.cleaned_data["proof"], now=now
        ):
            return show_refusal(request, "confirm", form, refusal)
        sign_in_state.record_confirmation(request, now=now)
        return redirect(redirects.next_page(request))


def _show_confirm(
    request: HttpRequest, form: CodeForm | PasswordForm, status: int = 200
) -> HttpResponse:
    user = current_user(request)
    has_password = may_use_password(user) and user.has_usable_password()
    confirming = find_confirming_providers(user)
    typed = isinstance(form, CodeForm) or has_password
    more = {
        "confirming": confirming,
        "typed": typed,
        "stuck": not (typed or confirming),
        "may_have_password": may_use_password(user),
        "can_get_link": may_use_password(user) and may_be_mailed(user) and can_mail(user),
    }
    return show_page(request, "confirm", form, status, more=more)


def open_log_ins(user: User, session_key: str | None, *, now: datetime) -> list[OpenLogIn]:
    """Return the open sessions of a person, newest first."""
    rows = user.sessions.filter(expires_at__gt=now).order_by("-began_at")
    return [
        OpenLogIn(row.began_at, row.expires_at, session_store.has_key(row, session_key))
        for row in rows
    ]


@transaction.atomic
def _change_password(user: User, password: str, now: datetime) -> None:
    people.set_password(user, password)
    queue.queue_mail(user, "password_changed", now=now)


def _proof_form(user: User) -> type[CodeForm | PasswordForm]:
    return CodeForm if second_factor.find_factor(user) else PasswordForm


def _redirect_done(done: str) -> HttpResponse:
    return redirect(f"{reverse('accounts:security')}?done={done}")
