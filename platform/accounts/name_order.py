"""The order of names and titles, and the initials of names, as readers expect them.

The database sorts by code point (its locale is C): Zoe before anna, and Äpfel after both. Where a
person reads a list of people, courses or skills, it is sorted here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from typing import Final, TypeVar

import regex

T = TypeVar("T")
# Letters that Unicode does not take apart.
_ALONE: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"}  # noqa: RUF001
)


def name_key(name: str) -> tuple[str, str, str]:
    """Return what sorts names by letter, then by accent and case, as DIN 5007-1 does.

    The same key serves English and German: both file ä with a and ç with c.
    """
    folded = unicodedata.normalize("NFKD", name.casefold())
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return bare.translate(_ALONE).strip(), folded, name


def by_name(found: Iterable[T], name: Callable[[T], str]) -> list[T]:
    """Return people, courses, skills or rows about them in the order of their names or titles."""
    return sorted(found, key=lambda each: name_key(name(each)))


def initial_of(name: str) -> str:
    """Return the first character as people see it: a flag or a family is one."""
    characters: list[str] = regex.findall(r"\X", name.strip())
    return characters[0].lower() if characters else ""
