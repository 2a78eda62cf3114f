"""The files of videos that arrive or are converted: one folder per upload.

With a bucket each piece is a file of its own there, so that the next piece may reach another web
host. The worker then joins them on its own disk.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Final
from uuid import UUID

from django.conf import settings

from courses.media.media_store import open_bucket
from courses.media.stored_file import StoreUnavailable

FILMS: Final = "films"
# A folder exists for a moment before its row.
FRESH_S: Final = 3600


class LostPiece(Exception):
    """A piece that arrived is not where it was stored."""


def folder() -> Path:
    """Return the folder of all uploads on this computer; no files are served from it."""
    return Path(settings.MEDIA_ROOT) / FILMS


def path_of(id: UUID) -> Path:
    """Return the path of an upload's video, under a fixed name."""
    return folder() / str(id) / "film"


def store_piece(id: UUID, offset: int, content: IO[bytes]) -> None:
    """Store a piece in the bucket. One that is sent again replaces the first."""
    # Padded, so that the pieces are listed in their order.
    open_bucket().save(f"{FILMS}/{id}/{offset:020d}", content)


def join_pieces(id: UUID, length: int) -> None:
    """Copy the pieces from the bucket to the path of the video. Raises LostPiece."""
    bucket, path = open_bucket(), path_of(id)
    path.parent.mkdir(parents=True, exist_ok=True)
    pieces = sorted(file.name for file in bucket.list_files(f"{FILMS}/{id}"))
    with path.open("wb") as out:
        for name in pieces:
            if out.tell() != int(PurePosixPath(name).name):
                break
            with bucket.open_file(name) as content:
                shutil.copyfileobj(content, out)
        if out.tell() != length:
            raise LostPiece


def delete(id: UUID) -> None:
    """Delete the video and what its conversion has written.

    While the store is away, the pieces stay until `delete_others`.
    """
    shutil.rmtree(path_of(id).parent, ignore_errors=True)
    if settings.MEDIA_BUCKET is not None:
        bucket = open_bucket()
        with suppress(StoreUnavailable):
            bucket.delete([file.name for file in bucket.list_files(f"{FILMS}/{id}")])


def delete_others(known: Collection[UUID], *, now: datetime) -> None:
    """Delete the files of all but these uploads."""
    names, before = {str(id) for id in known}, now.timestamp() - FRESH_S
    paths = folder().iterdir() if folder().is_dir() else ()
    for path in paths:
        if path.name not in names and path.stat().st_mtime < before:
            shutil.rmtree(path)
    if settings.MEDIA_BUCKET is not None:
        bucket = open_bucket()
        found = [file for file in bucket.list_files(FILMS) if file.changed_at < before]
        bucket.delete([file.name for file in found if file.name.split("/")[1] not in names])
