"""The single definition of a valid e-mail address, for typed and imported addresses."""

from __future__ import annotations

from typing import Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.forms import EmailField
from django.utils.translation import gettext_lazy as _

LONGEST_EMAIL: Final = 254


def is_email(text: str) -> bool:
    """Return whether the text is a usable address. Only ASCII: digests fold some other letters."""
    try:
        validate_email(text)
    except ValidationError:
        return False
    return text.isascii() and len(text) <= LONGEST_EMAIL


def validate_ascii_email(text: str) -> None:
    """Raise ValidationError unless the text is a usable address."""
    if not is_email(text):
        raise ValidationError(_("Enter an email address such as name@school.example."))


class AsciiEmailField(EmailField):
    """A form field for one e-mail address, checked by `is_email`."""

    default_validators = [validate_ascii_email]
