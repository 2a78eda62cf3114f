"""Signing in by the digest of a log-in name or an e-mail.

A stranger costs as much time as a wrong password.
"""

from __future__ import annotations

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from accounts.models import User
from accounts.password_rules import may_use_password
from accounts.people import find_by_typed


class DigestBackend(BaseBackend):
    """`settings.AUTHENTICATION_BACKENDS = ["accounts.backend.DigestBackend"]`."""

    def authenticate(  # type: ignore[override]
        self,
        _request: HttpRequest | None,
        login: str = "",
        password: str = "",
        person: User | None = None,
    ) -> User | None:
        """Return the person if the password is theirs; `person` is who was looked up already."""
        user = find_by_typed(login) if login else person
        if user is None or not user.has_usable_password():
            make_password(password)
            return None
        right = user.check_password(password) and user.is_active
        return user if right and may_use_password(user) else None

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()
