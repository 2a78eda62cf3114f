"""Ids and slugs of a course; those of a package are kept where possible.

So importing a package again finds the same units and questions.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Collection
from itertools import chain, count

MAX_ID = 100
LONGEST = 70
# The longer limit applies to a slug that a package gives its course.
LONGEST_COURSE = 80
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def slug(text: str, other: str = "course", most: int = LONGEST) -> str:
    """Return lower-case Latin letters, digits and hyphens: `Дроби` is `drobi`.

    A text without letters or digits is named by its digest, an empty one `other`.
    """
    # Imported here, because only Authors need these two megabytes.
    from anyascii import anyascii

    latin = anyascii(unicodedata.normalize("NFKC", text)).lower()
    found = re.sub(r"[^a-z0-9]+", "-", latin).strip("-")[:most].strip("-")
    if found or not text.strip():
        return found or other
    return f"{other}-{digest(text)}"


def course_slug(text: str) -> str:
    """Return the slug of a course from its name in a package."""
    return slug(text, most=LONGEST_COURSE)


def free_slug(text: str, taken: Collection[str], other: str) -> str:
    """Return a slug of `text` that is not in `taken`, with the next free number if needed."""
    return add_free_number(slug(text, other), taken, LONGEST)


def add_free_number(name: str, taken: Collection[str], most: int) -> str:
    """Return the name, or the name with the first free number from 2, at most `most` long."""
    numbers = (f"-{number}" for number in count(2))
    names = chain([name], (name[: most - len(end)].rstrip("-") + end for end in numbers))
    return next(free for free in names if free not in taken)


def normalise_name(text: str) -> str:
    """Return the form in which two names are compared: without case, hyphens as blanks."""
    return re.sub(r"[\s_-]+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()


class Slugs:
    """Gives each text a slug of its own: equal texts share one, whatever follows."""

    def __init__(self) -> None:
        self._by_text: dict[str, str] = {}

    def take(self, text: str, other: str) -> str:
        if text not in self._by_text:
            self._by_text[text] = self._free(slug(text, other), text)
        return self._by_text[text]

    def _free(self, name: str, text: str) -> str:
        """Return a free slug; a later text with an equal slug gets its digest appended."""
        taken = set(self._by_text.values())
        if name in taken:
            name = f"{name[: LONGEST - 9].rstrip('-')}-{digest(text)}"
        return add_free_number(name, taken, LONGEST)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]


def make_title(name: str) -> str:
    """Write `my_first-quiz` as a title."""
    words = re.sub(r"[_\-\s]+", " ", name).strip()
    return (words[:1].upper() + words[1:])[:200] or "Course"


class Names:
    """Gives out each id once; repeated requests get a number."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}

    def take(self, wanted: str, other: str) -> str:
        name = wanted if _ID.fullmatch(wanted) and len(wanted) <= MAX_ID else slug(wanted, other)
        free, number = name, self._last.get(name, 1)
        while free.casefold() in self._taken:
            number += 1
            free = f"{name}-{number}"
        self._last[name] = number
        self._taken.add(free.casefold())
        return free
