"""Names a course can have: the ids of a package are kept where they can be, so that importing again
finds the same units and questions."""

from __future__ import annotations

import hashlib
import re
import unicodedata

MAX_ID = 100
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def slug(text: str, other: str = "course") -> str:
    """Small letters, figures and strokes; a name in another script is known by its digest."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:70].strip("-")
    if found or not text.strip():
        return found or other
    return f"{other}-{digest(text)}"


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def titled(name: str) -> str:
    """`my_first-quiz` as a title."""
    words = re.sub(r"[_\-\s]+", " ", name).strip()
    return (words[:1].upper() + words[1:])[:200] or "Course"


class Names:
    """Hands out each id once; what was asked for twice gets a number."""

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
