"""Proof of identity by a code or the password, with throttling; a correct one clears the count.

Used where the site already knows who it should be; the sign-in itself counts by typed name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from accounts.mfa import second_factor
from accounts.models import User
from accounts.passwords.password_rules import may_use_password
from accounts.sign_in import known_browser, throttle

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

WRONG_CODE = lazy(
    "This code is not correct or has already been used. Wait for the next one in your "
    "app and type that. If it still does not work, check the clock of your phone."
)
WRONG_PASSWORD = lazy("That password is not correct. Check it and try again.")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a proof was refused, as the response says it."""

    text: str
    status: int = 401
    wait_s: int = 0


def check_code(request: HttpRequest, user: User, typed: str, *, now: datetime) -> Refusal | None:
    return check_with_throttle(
        request, user, lambda: second_factor.check_code(user, typed, now=now), WRONG_CODE, now=now
    )


def check_password(
    request: HttpRequest, user: User, typed: str, *, now: datetime
) -> Refusal | None:
    def is_right() -> bool:
        return may_use_password(user) and user.check_password(typed)

    return check_with_throttle(request, user, is_right, WRONG_PASSWORD, now=now)


def check_proof(request: HttpRequest, user: User, typed: str, *, now: datetime) -> Refusal | None:
    """Check a code if the person has a second factor, else the password.

    A browser may fill in the password by itself.
    """
    proof = check_code if second_factor.find_factor(user) else check_password
    return proof(request, user, typed, now=now)


def check_with_throttle(
    request: HttpRequest,
    user: User,
    is_right: Callable[[], object],
    wrong: _StrPromise,
    *,
    now: datetime,
) -> Refusal | None:
    """Return None if the proof is right; `is_right` is not called while the person has to wait."""
    attempt = throttle.SignInTry(
        str(user.code), find_place(request, user.login_digest), throttle.PERSON
    )
    if again := throttle.count_try(attempt, now=now):
        return refuse_until(again, now)
    if not is_right():
        return Refusal(str(wrong))
    throttle.clear_tries(attempt)
    return None


def render_refusal(
    form: Form, refusal: Refusal, show: Callable[[int], HttpResponse]
) -> HttpResponse:
    """Show the page again with what to do, and tell browsers how long to wait."""
    form.add_error(None, refusal.text)
    response = show(refusal.status)
    if refusal.wait_s:
        response["Retry-After"] = str(refusal.wait_s)
    return response


def find_place(request: HttpRequest, login_digest: str) -> throttle.AttemptOrigin:
    """Return where this attempt comes from: a browser known for this username, else the network."""
    network = str(request.META.get("REMOTE_ADDR", ""))
    return throttle.AttemptOrigin(network, known_browser.find_number(request, login_digest))


def refuse_until(again: datetime, now: datetime) -> Refusal:
    """Return the refusal that says when to try again."""
    at = timezone.localtime(again)
    text = _("Your account is safe, but there were too many attempts. Try again at {time}.")
    return Refusal(text.format(time=f"{at:%H:%M}"), 429, max(1, int((again - now).total_seconds())))
