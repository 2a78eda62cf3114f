"""Proving who one is, by a code or by the password: each try counts, the right one clears.

Used wherever the site knows already who it should be; the log-in itself counts by typed name.
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
    """Why a proof does not count, as the answer says it."""

    text: str
    status: int = 401
    wait_s: int = 0


def by_code(request: HttpRequest, user: User, typed: str, *, now: datetime) -> Refusal | None:
    return counted(
        request, user, lambda: second_factor.check(user, typed, now=now), WRONG_CODE, now=now
    )


def by_password(request: HttpRequest, user: User, typed: str, *, now: datetime) -> Refusal | None:
    def is_right() -> bool:
        return may_use_password(user) and user.check_password(typed)

    return counted(request, user, is_right, WRONG_PASSWORD, now=now)


def by_either(request: HttpRequest, user: User, typed: str, *, now: datetime) -> Refusal | None:
    """A code where the person has a second factor, since a browser may fill in the password."""
    proof = by_code if second_factor.of(user) else by_password
    return proof(request, user, typed, now=now)


def counted(
    request: HttpRequest,
    user: User,
    is_right: Callable[[], object],
    wrong: _StrPromise,
    *,
    now: datetime,
) -> Refusal | None:
    """None where it is right; `is_right` is not asked while the person has to wait."""
    tried = throttle.Try(str(user.code), place(request, user.login_digest), throttle.PERSON)
    if again := throttle.take(tried, now=now):
        return rest(again, now)
    if not is_right():
        return Refusal(str(wrong))
    throttle.clear(tried)
    return None


def answer_refused(form: Form, no: Refusal, show: Callable[[int], HttpResponse]) -> HttpResponse:
    """Show the page again with what to do, and tell browsers how long to wait."""
    form.add_error(None, no.text)
    response = show(no.status)
    if no.wait_s:
        response["Retry-After"] = str(no.wait_s)
    return response


def place(request: HttpRequest, login_digest: str) -> throttle.Place:
    """Where this try comes from: a browser that is known for this log-in, else its network."""
    network = str(request.META.get("REMOTE_ADDR", ""))
    return throttle.Place(network, known_browser.number(request, login_digest))


def rest(again: datetime, now: datetime) -> Refusal:
    at = timezone.localtime(again)
    text = _("Your account is safe, but there were too many attempts. Try again at {time}.")
    return Refusal(text.format(time=f"{at:%H:%M}"), 429, max(1, int((again - now).total_seconds())))
