"""The interface to stored files, and the choice between a folder and a bucket (ADR 0094).

A name is `<course code>/<file>`, `data-sets/<id>` or `arrivals/<id>/course`, and in a bucket also
`films/<upload>/<offset>`. A file is stored whole or not at all. It never changes, except a piece
of a film that is sent again: names of course files contain a digest.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import IO, Final, Protocol

from django.conf import settings

from courses.media.folder_store import FolderStore
from courses.media.stored_file import StoredFile, StoreUnavailable

# The slowest line to a bucket with which leases last long enough.
BYTES_A_S: Final = 1_000_000


class MediaStore(Protocol):
    """Stored files; each method of a bucket may raise StoreUnavailable."""

    def check(self) -> None:
        """Raise StoreUnavailable unless the store can be used."""

    def find(self, name: str) -> StoredFile | None:
        """Return the file's facts; None if there is no such file."""

    def list_files(self, folder: str = "") -> Iterator[StoredFile]:
        """Yield all files but pieces of films, or those of one folder."""

    def read_range(self, file: StoredFile, first: int, last: int) -> AsyncGenerator[bytes]:
        """Yield the bytes from `first` to `last`, both included, in small parts."""

    def read_bytes(self, name: str) -> bytes:
        """Return a small file; raises FileNotFoundError."""

    def open_file(self, name: str) -> IO[bytes]:
        """Open a file to read it in order; raises FileNotFoundError."""

    def fetch(self, name: str, into: Path) -> Path:
        """Return a path on this disk, if need be of a copy in `into`; raises FileNotFoundError.

        The file at this path must not be changed.
        """

    def save(self, name: str, content: IO[bytes]) -> None:
        """Store the content under this name."""

    def move_in(self, name: str, source: Path) -> None:
        """Store a file that this site made, and remove it from its place."""

    def copy(self, source: str, target: str) -> None:
        """Store a file under a second name; raises FileNotFoundError."""

    def delete(self, names: Iterable[str]) -> None:
        """Delete the files that are there."""


def open_store() -> MediaStore:
    """Return the store that the settings name."""
    return open_folder() if settings.MEDIA_BUCKET is None else open_bucket()


def open_folder() -> FolderStore:
    return FolderStore(Path(settings.MEDIA_ROOT))


def open_bucket() -> MediaStore:
    """Return the bucket of the settings; raises StoreUnavailable if they name none."""
    bucket = settings.MEDIA_BUCKET
    if bucket is None:
        raise StoreUnavailable("MEDIA_S3_URL is not set")
    return _connect(
        bucket.endpoint, bucket.name, bucket.prefix, bucket.region, bucket.key, bucket.secret
    )


@cache
def _connect(
    endpoint: str, bucket: str, prefix: str, region: str, key: str, secret: str
) -> MediaStore:
    """Return one store per process, which keeps its connections."""
    # Imported here, because a site with a folder does not need it.
    from courses.media.s3_store import BucketStore

    return BucketStore(
        endpoint=endpoint, bucket=bucket, prefix=prefix, region=region, key=key, secret=secret
    )


def storing_time(size: int) -> timedelta:
    """Return how long it takes at most to send this many bytes to a bucket, or to fetch them."""
    return timedelta(seconds=size / BYTES_A_S if settings.MEDIA_BUCKET is not None else 0)


@dataclass(frozen=True, slots=True)
class StoredContent:
    """A file of the store that is opened when it is packed."""

    name: str

    def open(self) -> IO[bytes]:
        return open_store().open_file(self.name)


class LocalCopies:
    """Files of the store on this disk, each fetched when it is asked for."""

    def __init__(self, folder: str, into: Path) -> None:
        self._folder, self._into = f"{folder}/" if folder else "", into

    def path(self, name: str) -> Path:
        """Return the path of a file; raises FileNotFoundError."""
        return open_store().fetch(f"{self._folder}{name}", self._into)

    def content(self, name: str) -> StoredContent:
        """Return what opens a file where it is, without a copy; raises FileNotFoundError."""
        stored = f"{self._folder}{name}"
        if open_store().find(stored) is None:
            raise FileNotFoundError(2, "No such file", name)
        return StoredContent(stored)


def delete_copies(*, before: float) -> None:
    """Delete the copies of processes that were killed before this time."""
    with suppress(FileNotFoundError):
        for path in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir():
            with suppress(FileNotFoundError):
                if path.lstat().st_mtime < before:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextmanager
def open_copies(folder: str = "") -> Iterator[LocalCopies]:
    """Yield the files of the store, or those of one folder; copies are deleted at the end."""
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as into:
        yield LocalCopies(folder, Path(into))
