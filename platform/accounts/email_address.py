"""The one rule of what counts as an e-mail address, wherever one is typed or imported."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.forms import EmailField
from django.utils.translation import gettext_lazy as _

LONGEST_EMAIL: Final = 254


def is_email(text: str) -> bool:
    """Say whether a mail can go there. Only ASCII: digests take some other letters for it."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return text.isascii() and len(text) <= LONGEST_EMAIL


def validate_ascii_email(text: str) -> None:
    """Raise ValidationError unless it is an address."""
    if not is_email(text):
        raise ValidationError(_("Enter an email address such as name@school.example."))


class AsciiEmailField(EmailField):
    """A field for one address by this rule."""

    default_validators = [validate_ascii_email]
