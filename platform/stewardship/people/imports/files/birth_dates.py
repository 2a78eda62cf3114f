"""Parse dates of birth, and decide whether day or month comes first.

14.03.2011 is the German format with the day first. 03/04/2011 is ambiguous, so the whole column
decides. If its dates fit one order only, that one is used; otherwise a Steward selects it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

_ISO: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DOTS: Final = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})")
_SLASHES: Final = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_ORDERS: Final = ("dmy", "mdy")


class AmbiguousDate(ValueError):
    """Day and month could be swapped."""


def read_date(text: str, order: str) -> date:
    """Return the date. Raises AmbiguousDate, or ValueError if it is not a date."""
    if found := _ISO.fullmatch(text):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := _DOTS.fullmatch(text):
        return date(int(found[3]), int(found[2]), int(found[1]))
    fits = _readings(text)
    if not fits:
        raise ValueError("expected a date")
    if order in fits:
        return fits[order]
    if order:
        raise ValueError("expected a date in this order")
    if len(set(fits.values())) > 1:
        raise AmbiguousDate
    return next(iter(fits.values()))


def kind_of_date(text: str) -> str:
    """Return the only order that fits, "both" if it is ambiguous, or "" if nothing follows."""
    fits = _readings(text)
    if len(fits) == 1:
        return next(iter(fits))
    return "both" if len(set(fits.values())) > 1 else ""


def find_order(kinds: Mapping[str, int]) -> tuple[str, bool]:
    """Return the order of a column, and whether a Steward has to select it.

    `kinds` counts its dates by `kind_of_date`.
    """
    certain = [order for order in _ORDERS if kinds.get(order)]
    if len(certain) == 1:
        return certain[0], False
    return "", bool(kinds.get("both"))


def _readings(text: str) -> dict[str, date]:
    """Return the date by each order in which it exists; empty for other notations."""
    found = _SLASHES.fullmatch(text)
    if found is None:
        return {}
    first, second, year = int(found[1]), int(found[2]), int(found[3])
    tries = {"dmy": (year, second, first), "mdy": (year, first, second)}
    return {order: day for order, parts in tries.items() if (day := _day(*parts))}


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
