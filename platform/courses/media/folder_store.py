"""Stored files in a folder of this computer."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import uuid
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

from courses.media.stored_file import StoredFile, is_safe, is_stored

CHUNK: Final = 256 * 1024
PART: Final = re.compile(r"\.[0-9a-f]{32}\.part")


class FolderStore:
    """Stored files below `root`; the folder may also hold working files."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def check(self) -> None:
        """Do nothing: a folder that is missing is created with its first file."""

    def find(self, name: str) -> StoredFile | None:
        path = self._path(name)
        try:
            return self._describe(name, path) if path is not None and path.is_file() else None
        except FileNotFoundError:
            return None

    def list_files(self, folder: str = "") -> Iterator[StoredFile]:
        for path in sorted(self._walk(folder)):
            name = path.relative_to(self._root).as_posix()
            file = self.find(name) if is_stored(name) else None
            if file is not None:
                yield file

    def _walk(self, folder: str = "") -> Iterator[Path]:
        """Yield the paths of all files; a folder that is deleted meanwhile has none."""
        for place, _, names in os.walk(self._root / folder):
            yield from (Path(place) / name for name in names)

    async def read_range(self, file: StoredFile, first: int, last: int) -> AsyncGenerator[bytes]:
        """Read in chunks, in a thread, so that the event loop is not blocked."""
        handle = await asyncio.to_thread(os.open, self._require(file.name), os.O_RDONLY)
        try:
            at = first
            while at <= last:
                part = await asyncio.to_thread(os.pread, handle, min(CHUNK, last + 1 - at), at)
                if not part:
                    return
                at += len(part)
                yield part
        finally:
            os.close(handle)

    def read_bytes(self, name: str) -> bytes:
        return self._require(name).read_bytes()

    def open_file(self, name: str) -> IO[bytes]:
        return self._require(name).open("rb")

    def fetch(self, name: str, into: Path) -> Path:  # noqa: ARG002 - the file is on this disk
        path = self._require(name)
        if not path.is_file():
            raise FileNotFoundError(2, "No such file", str(path))
        return path

    def save(self, name: str, content: IO[bytes]) -> None:
        with self._replacing(name) as part, part.open("xb") as out:
            shutil.copyfileobj(content, out, CHUNK)

    def move_in(self, name: str, source: Path) -> None:
        with self._replacing(name) as part:
            shutil.move(source, part)

    def copy(self, source: str, target: str) -> None:
        """Link the copy, because a stored file never changes."""
        with self._replacing(target) as part:
            os.link(self._require(source), part)

    def delete(self, names: Iterable[str]) -> None:
        for name in names:
            _delete(self._require(name))

    def delete_parts(self, *, before: float) -> None:
        """Delete what a process that was killed had begun to store before this time."""
        for path in self._walk():
            with suppress(FileNotFoundError):
                if PART.fullmatch(path.name) and path.lstat().st_ctime < before:
                    _delete(path)

    @contextmanager
    def _replacing(self, name: str) -> Iterator[Path]:
        """Yield a new path next to the file, which becomes the file if the block succeeds."""
        path = self._require(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{uuid.uuid4().hex}.part")
        try:
            yield part
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def _require(self, name: str) -> Path:
        path = self._path(name)
        if path is None:
            raise FileNotFoundError(2, "No such file", name)
        return path

    def _path(self, name: str) -> Path | None:
        """Return the path; None for a name that leads out of the folder, as by a link."""
        path = (self._root / name).resolve() if is_safe(name) else None
        return path if path is not None and path.is_relative_to(self._root) else None

    @staticmethod
    def _describe(name: str, path: Path) -> StoredFile:
        facts = path.stat()
        etag = f'"{facts.st_size:x}-{int(facts.st_mtime * 1000):x}"'
        # A link keeps the other times of its file; this one also changes with its permissions.
        return StoredFile(name, facts.st_size, facts.st_mtime, facts.st_ctime, etag)


def _delete(path: Path) -> None:
    """Delete a file, and its folder unless that has other files."""
    path.unlink(missing_ok=True)
    with suppress(OSError):
        path.parent.rmdir()
