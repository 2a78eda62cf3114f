"""Password authentication of a person who was found by what they typed.

An unknown name takes as long as a wrong password.
"""

from __future__ import annotations

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest

from accounts.models import User
from accounts.passwords.password_rules import may_use_password


class DigestBackend(BaseBackend):
    """`settings.AUTHENTICATION_BACKENDS = ["accounts.sign_in.auth_backend.DigestBackend"]`."""

    def authenticate(  # type: ignore[override]
        self,
        _request: HttpRequest | None,
        password: str = "",
        person: User | None = None,
    ) -> User | None:
        """Return the person if the password is correct. `person` is None for an unknown name."""
        if person is None or not person.has_usable_password():
            make_password(password)
            return None
        right = person.check_password(password) and person.is_active
        return person if right and may_use_password(person) else None

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()
