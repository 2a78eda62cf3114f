"""Access rules: load a person for an authorised user, and guard views.

A visitor who opens a page is redirected to the sign-in page; scripts, fragments and the API get
401. A signed-in user without access gets 404, which reveals nothing; one who may only read gets
403. Pages about other people, and acts that cannot be undone, need a recent proof of identity (T1,
T8).
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request

from accounts.models import User
from accounts.sessions import sign_in_state
from accounts.sign_in import redirects
from accounts.sign_in.fetch_metadata import is_navigation

View = Callable[..., HttpResponseBase]
API_PREFIX = "/api/"
RECENT = timedelta(minutes=10)
# Extra time for a form that was opened just before RECENT ran out.
FORM_GRACE = timedelta(minutes=5)


def uuid_or_404(text: str) -> UUID:
    """Return the UUID in a form field or an address; raise 404 for any other text."""
    found = uuid_or_none(text)
    if found is None:
        raise Http404
    return found


def uuid_or_none(text: str) -> UUID | None:
    """Return the UUID in a form field or an address; None for any other text."""
    try:
        return UUID(text)
    except ValueError:
        return None


def person_for_steward(user: User, code: UUID) -> User:
    """Return any person to a Steward; raise 404 for everyone else."""
    if not user.has_role("steward"):
        raise Http404
    return _find_person(code)


def ward_for_guardian(user: User, code: UUID) -> User:
    """Return a ward of this Guardian; raise 404 for everyone else, Teachers included."""
    person = User.objects.filter(code=code, guardianships__guardian=user, is_active=True).first()
    if person is None:
        raise Http404
    return person


def current_user(request: HttpRequest | Request) -> User:
    """Return the signed-in user, in a view that a guard protects."""
    if not isinstance(request.user, User):
        raise TypeError(f"expected a signed-in user, got {request.user!r}")
    return request.user


def require_person(view: View) -> View:
    """Guard a view: any signed-in user may open it."""
    return _guard_view(view, lambda _user: True)


def require_role(*roles: str, readers: tuple[str, ...] = ()) -> Callable[[View], View]:
    """Guard a view: only users with one of `roles` may use it; `readers` may only GET and HEAD."""

    def guard(view: View) -> View:
        return _guard_view(view, lambda user: _has_any(user, roles), readers)

    return guard


def require_recent(view: View) -> View:
    """Guard a view: require a sign-in or a confirmation within the last ten minutes.

    Submitting a form has five minutes more. Place it below the guard that checks the role. After a
    confirmation the browser returns to a page; a form is not submitted again, so its answer says
    that nothing was done and links back.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return refuse_anonymous(request)
        reads = request.method in ("GET", "HEAD")
        within = RECENT if reads else RECENT + FORM_GRACE
        if sign_in_state.is_recently_confirmed(request, within, now=timezone.now()):
            return view(request, *args, **kwargs)
        return ask_to_confirm(request, reads=reads)

    return guarded


def require_recent_to_act(view: View) -> View:
    """Require a recent confirmation to submit a form, but not to open its page.

    The page asks `may_act` whether its form can be submitted.
    """
    guarded = require_recent(view)

    @wraps(view)
    def guarded_to_act(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        reads = request.method in ("GET", "HEAD")
        return (view if reads else guarded)(request, *args, **kwargs)

    return guarded_to_act


def may_act(request: HttpRequest) -> bool:
    """Return whether a form that needs a confirmation can be filled in and submitted in time."""
    return sign_in_state.is_recently_confirmed(request, RECENT, now=timezone.now())


def ask_to_confirm(request: HttpRequest, *, reads: bool) -> HttpResponseBase:
    """Redirect to the confirmation page; a form or a fragment gets a 403 that links to it."""
    if reads and "HX-Request" not in request.headers:
        return redirect(redirects.address_with_next("accounts:confirm", request.get_full_path()))
    there = redirects.address_with_next("accounts:confirm", redirects.referring_page(request))
    return render(request, "accounts/confirm_first.html", {"there": there}, status=403)


def _guard_view(view: View, allowed: Callable[[User], bool], readers: tuple[str, ...] = ()) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if not isinstance(user, User):
            return refuse_anonymous(request)
        if allowed(user):
            return view(request, *args, **kwargs)
        if not _has_any(user, readers):
            raise Http404
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def refuse_anonymous(request: HttpRequest) -> HttpResponseBase:
    """Answer a request without a session.

    Only the navigation of a tab is redirected to the sign-in page, and from there back to its page;
    after a form, to the page of the form. Every other request gets 401: a script that follows a
    redirect would take the sign-in page for its answer.
    """
    if request.path.startswith(API_PREFIX) or not is_navigation(request):
        return JsonResponse({"detail": _("Sign in first."), "code": "not_signed_in"}, status=401)
    page = "accounts:factor" if sign_in_state.find_waiting_user(request) else "accounts:login"
    if request.method in ("GET", "HEAD"):
        return redirect(redirects.address_with_next(page, request.get_full_path()))
    then = redirects.referring_page(request)
    return redirect(redirects.address_with_next(page, "" if then == redirects.START else then))


def _has_any(user: User, roles: tuple[str, ...]) -> bool:
    return any(user.has_role(role) for role in roles)


def _find_person(code: UUID) -> User:
    person = User.objects.filter(code=code).first()
    if person is None:
        raise Http404
    return person
