"""A percentage as text: "85%" in English, with a thin space before the sign in German."""

from __future__ import annotations

from django.utils.translation import gettext as _


def format_percent(percent: float) -> str:
    """Format a number from 0 to 100."""
    return _("{n}%").format(n=round(percent))


def format_percent_range(low: float, high: float) -> str:
    """Format a range of two numbers from 0 to 100; only the second has the sign."""
    return _("{low}–{high}%").format(low=round(low), high=round(high))
