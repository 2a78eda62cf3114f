"""Sort order of names and titles, and initials, as readers expect them.

The database sorts by code point (its locale is C): Zoe before anna, and Äpfel after both. Lists of
people, courses or skills for readers are therefore sorted here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

import regex

T = TypeVar("T")
# Letters that NFKD does not decompose.
_ALONE: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"}  # noqa: RUF001
)


def name_key(name: str) -> tuple[str, str, str]:
    """Return the sort key of a name: by letter, then by accent and case, as in DIN 5007-1.

    The same key works for English and German: both file ä under a and ç under c.
    """
    folded = unicodedata.normalize("NFKD", name.casefold())
    base = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return base.translate(_ALONE).strip(), folded, name


def by_name(found: Iterable[T], name: Callable[[T], str]) -> list[T]:
    """Return items (people, courses, skills, rows) sorted by name or title."""
    return sorted(found, key=lambda each: name_key(name(each)))


def initial_of(name: str) -> str:
    """Return the first grapheme of a name: a flag or a family emoji counts as one."""
    characters: list[str] = regex.findall(r"\X", name.strip())
    return characters[0].lower() if characters else ""
