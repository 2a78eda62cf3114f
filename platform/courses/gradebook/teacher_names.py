"""The display name of the Teacher who changed a grade."""

from __future__ import annotations

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.people import name_of
from vault.errors import KeyDestroyed


def teacher_name(person: User | None) -> str:
    """Return the name, or "a teacher" once the account is erased."""
    try:
        return _("a teacher") if person is None else name_of(person)
    except KeyDestroyed:
        return _("a teacher")
