"""A stored file, its name, and the error of a store that does not answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final
from uuid import UUID

DATA_SETS: Final = "data-sets"
# Packages that wait to be imported.
ARRIVALS: Final = "arrivals"
# Bytes that are read at a time.
PIECE: Final = 1024 * 1024


class StoreUnavailable(Exception):
    """The store does not answer or refuses this site; the text names no file and no secret."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The facts about a file; `stored_at` is when it came here, with an older content or not."""

    name: str
    size: int
    changed_at: float
    stored_at: float
    etag: str


def is_stored(name: str) -> bool:
    """Return whether this is `<course code>/<file>`, `data-sets/<id>` or `arrivals/<id>/course`.

    Other files below MEDIA_ROOT are those that one computer works on.
    """
    folder, _, file = name.partition("/")
    lasting = folder in (DATA_SETS, ARRIVALS) or is_code(folder)
    return is_safe(name) and file != "" and lasting


def is_safe(name: str) -> bool:
    """Return whether the name leads nowhere else, in a folder as in a bucket."""
    parts = name.split("/")
    return "\0" not in name and name == str(PurePosixPath(name)) and not _leads_away(parts)


def _leads_away(parts: list[str]) -> bool:
    return any(part in ("", "..") or part.startswith(".") for part in parts)


def is_code(text: str) -> bool:
    """Return whether this is a UUID as this site writes it."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
