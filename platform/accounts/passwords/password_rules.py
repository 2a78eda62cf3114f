"""Who may sign in with a password: everyone, or only Stewards if providers sign people in."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q

from accounts.models import User


def may_use_password(user: User) -> bool:
    """Return whether they may. Stewards always: a failing provider must not lock the site."""
    return bool(settings.SIGN_IN_RULES.by_password) or user.has_role("steward")


def with_password_allowed(path: str) -> Q:
    """Return a query condition: the person at `path` may use a password."""
    everybody = bool(settings.SIGN_IN_RULES.by_password)
    return Q() if everybody else Q(**{f"{path}__roles__contains": ["steward"]})
