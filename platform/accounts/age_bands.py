"""Age bands: child under 13, teen to 17, adult from 18 on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

OLDEST_AGE: Final = 120
# The age with which each band begins, the youngest first.
YOUNGEST: Final[Mapping[str, int]] = MappingProxyType({"child": 0, "teen": 13, "adult": 18})


def age_on(born: date, today: date) -> int:
    """Return full years; a person born on 29 February is a year older from 1 March on."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def is_plausible(born: date, today: date) -> bool:
    """Say whether a person born on this day can be alive."""
    return 0 <= age_on(born, today) <= OLDEST_AGE


def band_on(born: date, today: date) -> str:
    """Return the age band of a person born on this day."""
    age = age_on(born, today)
    return [band for band, youngest in YOUNGEST.items() if age >= youngest][-1]


def birthday(born: date, age: int) -> date:
    """Return the day on which a person reaches an age: 1 March for a 29 February without one."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)
