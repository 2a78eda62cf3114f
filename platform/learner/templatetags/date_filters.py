"""A filter that writes a date with its full month name and its year in the active language."""

from __future__ import annotations

from datetime import date

from django import template
from django.utils.formats import date_format

register = template.Library()


@register.filter(expects_localtime=True)
def long_day(day: date | None) -> str:
    """Return for example "25 October 2026" or "25. Oktober 2026".

    Django's own British date format shortens the month name.
    """
    return f"{date_format(day, 'MONTH_DAY_FORMAT')} {day.year}" if day else ""
