"""Numbers of figures as text in the active language."""

from __future__ import annotations

from django.utils.formats import number_format


def format_decimal(value: float, digits: int) -> str:
    """Return a number rounded to so many digits; Django's own function cuts the others off."""
    # Adding 0 turns a rounded -0.0 into 0.0.
    return str(number_format(round(value, digits) + 0.0, digits))


def format_count(count: int) -> str:
    """Return a whole number with its thousands apart."""
    return str(number_format(count, 0, force_grouping=True))
