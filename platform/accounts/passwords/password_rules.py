"""Who may sign in with a password: everybody, or Stewards alone where providers sign people in."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Q

from accounts.models import User


def may_use_password(user: User) -> bool:
    """Say whether they may. Stewards do: a provider that fails must not lock the site for good."""
    return bool(settings.SIGN_IN_RULES.by_password) or user.has_role("steward")


def with_password_allowed(path: str) -> Q:
    """For a query: that the person at `path` may use a password."""
    everybody = bool(settings.SIGN_IN_RULES.by_password)
    return Q() if everybody else Q(**{f"{path}__roles__contains": ["steward"]})
