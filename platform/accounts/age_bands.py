"""Age bands: child under 13, teen to 17, adult from 18 on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Final

OLDEST_AGE: Final = 120
# The age at which each band begins, youngest first.
YOUNGEST: Final[Mapping[str, int]] = MappingProxyType({"child": 0, "teen": 13, "adult": 18})


def age_on(born: date, today: date) -> int:
    """Return the age in full years; a person born on 29 February turns a year older on 1 March."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def is_plausible(born: date, today: date) -> bool:
    """Return whether a person born on this day can be alive."""
    return 0 <= age_on(born, today) <= OLDEST_AGE


def band_on(born: date, today: date) -> str:
    """Return the age band of a person born on this day."""
    age = age_on(born, today)
    return [band for band, youngest in YOUNGEST.items() if age >= youngest][-1]


def birthday(born: date, age: int) -> date:
    """Return the day on which a person reaches an age; 1 March for a missing 29 February."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)
