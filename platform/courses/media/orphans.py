"""Deletion of stored files whose row is gone, as after an outage."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final

from courses.media.media_store import open_store

# A file exists for a moment before its row.
AGE: Final = timedelta(days=1)


def delete_orphans(
    folder: str, load_known: Callable[[], Collection[str]], *, now: datetime
) -> None:
    """Delete old files of a folder unless `load_known` returns their name.

    The rows are read after the list, so that a file whose row was stored meanwhile stays.
    """
    store, before = open_store(), (now - AGE).timestamp()
    old = [file.name for file in store.list_files(folder) if file.changed_at < before]
    known = frozenset(load_known())
    store.delete(name for name in old if name not in known)
