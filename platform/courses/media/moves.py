"""Move stored files from one store to another: each is copied, read again and compared."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from courses.media.media_store import MediaStore
from courses.media.stored_file import PIECE


@dataclass(slots=True)
class MoveCounts:
    """`copied_before`: by an earlier call. `differed`: the copy was not equal, and is deleted."""

    copied: int = 0
    copied_before: int = 0
    differed: int = 0
    deleted: int = 0
    bytes: int = 0


def move_files(
    source: MediaStore,
    target: MediaStore,
    *,
    delete: bool,
    only_missing: bool = False,
    tell: Callable[[str], object],
) -> MoveCounts:
    """Copy each file; delete it from the source once its copy is equal, if `delete`.

    `only_missing` compares no copy of the same size, because an earlier call has compared it.

    Can be killed and repeated: a store shows whole files only. `tell` gets the name of each file
    whose copy is not equal. Raises StoreUnavailable.
    """
    counts = MoveCounts()
    for file in list(source.list_files()):
        copy = target.find(file.name) if only_missing else None
        if copy is not None and copy.size == file.size:
            counts.copied_before += 1
            continue
        digest = _digest(source, file.name)
        if digest is None:
            # It was deleted since the files were listed.
            continue
        if _digest(target, file.name) == digest:
            counts.copied_before += 1
        elif _copy(source, target, file.name, digest):
            counts.copied += 1
            counts.bytes += file.size
        else:
            counts.differed += 1
            tell(file.name)
            continue
        if delete:
            source.delete([file.name])
            counts.deleted += 1
    return counts


def _copy(source: MediaStore, target: MediaStore, name: str, digest: str) -> bool:
    """Copy a file and return whether the copy is equal; one that is not is deleted."""
    with source.open_file(name) as content:
        target.save(name, content)
    if _digest(target, name) == digest:
        return True
    target.delete([name])
    return False


def _digest(store: MediaStore, name: str) -> str | None:
    """Return the digest of the bytes that the store returns; None if it has no such file."""
    if store.find(name) is None:
        return None
    found = hashlib.sha256()
    with store.open_file(name) as content:
        while piece := content.read(PIECE):
            found.update(piece)
    return found.hexdigest()
