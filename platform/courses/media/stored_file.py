"""A published file, its name, and the error of a store that does not answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final
from uuid import UUID

DATA_SETS: Final = "data-sets"
# What a reader holds of a file at a time.
PIECE: Final = 1024 * 1024


class StoreUnavailable(Exception):
    """The store does not answer or refuses this site; the text names no file and no secret."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The facts about a file that a response gives."""

    name: str
    size: int
    changed_at: float
    etag: str


def is_published(name: str) -> bool:
    """Return whether this is `<course code>/<file>` or `data-sets/<id>`.

    Other files below MEDIA_ROOT are those that one computer works on.
    """
    folder, _, file = name.partition("/")
    return is_safe(name) and file != "" and (folder == DATA_SETS or _is_code(folder))


def is_safe(name: str) -> bool:
    """Return whether the name leads nowhere else, in a folder as in a bucket."""
    parts = name.split("/")
    return "\0" not in name and name == str(PurePosixPath(name)) and not _leads_away(parts)


def _leads_away(parts: list[str]) -> bool:
    return any(part in ("", "..") or part.startswith(".") for part in parts)


def _is_code(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
