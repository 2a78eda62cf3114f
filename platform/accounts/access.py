"""Who may open what: functions that load a person and authorise, and guards for views.

Visitors are sent to the log-in where they open a page; scripts, fragments and the API get 401. A
signed-in stranger gets 404, so that asking tells nothing; who may read but not act gets 403. What
is about other people, or cannot be undone, opens only to who proved a short time ago that it is
them (T1, T8).
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

from accounts.models import User
from accounts.sessions import sign_in_state
from accounts.sign_in import redirects
from accounts.sign_in.fetch_metadata import navigates

View = Callable[..., HttpResponseBase]
API_PREFIX = "/api/"
RECENT = timedelta(minutes=10)
# Whoever opened a form at the last moment still has time to fill it in and send it.
FILLING_IN = timedelta(minutes=5)


def uuid_or_404(text: str) -> UUID:
    """Return the UUID that a form or an address names; 404 for a text that is none."""
    try:
        return UUID(text)
    except ValueError as error:
        raise Http404 from error


def person_for_steward(user: User, code: UUID) -> User:
    """Any person, for a Steward; a 404 for everybody else."""
    if not user.has_role("steward"):
        raise Http404
    return _person(code)


def ward_for_guardian(user: User, code: UUID) -> User:
    """A ward of this Guardian. Teachers and Stewards are no Guardians: 404."""
    person = User.objects.filter(code=code, guardianships__guardian=user, is_active=True).first()
    if person is None:
        raise Http404
    return person


def signed_in(request: HttpRequest) -> User:
    """Who asks, in a view whose guard lets nobody else through."""
    if not isinstance(request.user, User):
        raise TypeError(f"expected somebody signed in, got {request.user!r}")
    return request.user


def require_person(view: View) -> View:
    """Anybody who is signed in."""
    return _guarded(view, lambda _user: True)


def require_role(*roles: str, readers: tuple[str, ...] = ()) -> Callable[[View], View]:
    """Only people with one of `roles`; `readers` may look (GET, HEAD) and get 403 on acting."""

    def guard(view: View) -> View:
        return _guarded(view, lambda user: _has_any(user, roles), readers)

    return guard


def require_recent(view: View) -> View:
    """Only within ten minutes after a log-in or a confirmation; a form has five minutes more.

    Stands under the guard that says who may come at all. A page is asked for again after the
    confirmation; a form is not sent again: its answer says that nothing was done and leads back.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not isinstance(request.user, User):
            return anonymous(request)
        reads = request.method in ("GET", "HEAD")
        within = RECENT if reads else RECENT + FILLING_IN
        if sign_in_state.is_recent(request, within, now=timezone.now()):
            return view(request, *args, **kwargs)
        return confirm_first(request, reads=reads)

    return guarded


def require_recent_to_act(view: View) -> View:
    """Require a recent confirmation to send a form, but not to open its page.

    The page asks `may_act` whether its form can be sent.
    """
    guarded = require_recent(view)

    @wraps(view)
    def looking_is_free(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        reads = request.method in ("GET", "HEAD")
        return (view if reads else guarded)(request, *args, **kwargs)

    return looking_is_free


def may_act(request: HttpRequest) -> bool:
    """Whether a form that wants a confirmation may be filled in now and sent in time."""
    return sign_in_state.is_recent(request, RECENT, now=timezone.now())


def confirm_first(request: HttpRequest, *, reads: bool) -> HttpResponseBase:
    """On to the confirmation, or for a form or a part of a page a 403 that links to it."""
    if reads and "HX-Request" not in request.headers:
        return redirect(redirects.by_way_of("accounts:confirm", request.get_full_path()))
    there = redirects.by_way_of("accounts:confirm", redirects.came_from(request))
    return render(request, "accounts/confirm_first.html", {"there": there}, status=403)


def _guarded(view: View, allowed: Callable[[User], bool], readers: tuple[str, ...] = ()) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if not isinstance(user, User):
            return anonymous(request)
        if allowed(user):
            return view(request, *args, **kwargs)
        if not _has_any(user, readers):
            raise Http404
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def anonymous(request: HttpRequest) -> HttpResponseBase:
    """Answer a request without a session.

    Only the navigation of a tab is sent to the log-in, and from there to its page; after a form
    it is the page of the form. All else gets 401: a script that follows a redirect would take the
    log-in page for its answer.
    """
    if request.path.startswith(API_PREFIX) or not navigates(request):
        return JsonResponse({"detail": _("Sign in first."), "code": "not_signed_in"}, status=401)
    page = "accounts:factor" if sign_in_state.waiting(request) else "accounts:login"
    if request.method in ("GET", "HEAD"):
        return redirect(redirects.by_way_of(page, request.get_full_path()))
    then = redirects.came_from(request)
    return redirect(redirects.by_way_of(page, "" if then == redirects.START else then))


def _has_any(user: User, roles: tuple[str, ...]) -> bool:
    return any(user.has_role(role) for role in roles)


def _person(code: UUID) -> User:
    person = User.objects.filter(code=code).first()
    if person is None:
        raise Http404
    return person
