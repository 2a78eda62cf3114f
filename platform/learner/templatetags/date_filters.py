"""A day with its month in full and its year, as the language spoken now writes it."""

from __future__ import annotations

from datetime import date

from django import template
from django.utils.formats import date_format

register = template.Library()


@register.filter(expects_localtime=True)
def long_day(day: date | None) -> str:
    """ "25 October 2026", "25. Oktober 2026"; Django's own British form shortens the month."""
    return f"{date_format(day, 'MONTH_DAY_FORMAT')} {day.year}" if day else ""
