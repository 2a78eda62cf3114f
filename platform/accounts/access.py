"""Who may open what: functions that load a person and authorise, and guards for views.

Anonymous visitors are sent to the log-in (pages) or get 401 (API); a signed-in stranger gets 404,
so that nothing is learned from asking; who may read but not act gets 403.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect

from accounts.models import User

View = Callable[..., HttpResponseBase]
API_PREFIX = "/api/"


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


def require_person(view: View) -> View:
    """Anybody who is signed in."""
    return _guarded(view, lambda _user: True)


def require_role(*roles: str, readers: tuple[str, ...] = ()) -> Callable[[View], View]:
    """Only people with one of `roles`; `readers` may look (GET, HEAD) and get 403 on acting."""

    def guard(view: View) -> View:
        return _guarded(view, lambda user: _has_any(user, roles), readers)

    return guard


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
    """What somebody gets who is not signed in; a page comes back after the log-in."""
    if request.path.startswith(API_PREFIX):
        return JsonResponse({"detail": "Sign in first.", "code": "not_signed_in"}, status=401)
    if request.method in ("GET", "HEAD"):
        return redirect(f"{settings.LOGIN_URL}?{urlencode({'next': request.get_full_path()})}")
    return redirect(settings.LOGIN_URL)


def _has_any(user: User, roles: tuple[str, ...]) -> bool:
    return any(user.has_role(role) for role in roles)


def _person(code: UUID) -> User:
    person = User.objects.filter(code=code).first()
    if person is None:
        raise Http404
    return person
