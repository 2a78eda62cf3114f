"""Deletion of stored files whose row is gone, as after an outage."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final

from courses.media.media_store import open_store
from courses.media.stored_file import is_code

# A file exists for a moment before its row.
AGE: Final = timedelta(days=1)


def delete_orphans(
    folder: str, end: str, load_known: Callable[[], Collection[str]], *, now: datetime
) -> None:
    """Delete old files `<folder>/<id><end>` unless `load_known` returns their name.

    Other files of the folder are not this site's. The rows are read after the list, so that a file
    whose row was stored meanwhile stays.
    """
    store, before = open_store(), (now - AGE).timestamp()
    old = [file.name for file in store.list_files(folder) if file.stored_at < before]
    old = [name for name in old if _has_form(name, folder, end)]
    known = frozenset(load_known())
    store.delete(name for name in old if name not in known)


def _has_form(name: str, folder: str, end: str) -> bool:
    code = name.removeprefix(f"{folder}/").removesuffix(end)
    return name == f"{folder}/{code}{end}" and is_code(code)
