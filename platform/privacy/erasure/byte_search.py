"""Search all files of a folder for 8-byte strings in one pass (I-10).

The head of a sealed value contains its key ids in clear. A file without the id of a destroyed key
therefore holds nothing sealed under it.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

import numpy as np

SIZE: Final = 8
SQLITE: Final = ".sqlite3"
CHUNK: Final = 1 << 23
PAIRS: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Search:
    """What was read, and which needle was found in which file."""

    files: int = 0
    size: int = 0
    hits: frozenset[tuple[bytes, Path]] = frozenset()
    digest: bytes = field(default=b"", repr=False)

    def __add__(self, other: Search) -> Search:
        digest = hashlib.sha256(self.digest + other.digest).digest()
        hits = self.hits | other.hits
        return Search(self.files + other.files, self.size + other.size, hits, digest)

    @property
    def found(self) -> frozenset[bytes]:
        return frozenset(needle for needle, _ in self.hits)


def search(needles: Collection[bytes], folder: Path) -> Search:
    """Read every file under `folder`. The digest covers file names, sizes and the needles."""
    tables = _Tables(needles)
    read: dict[Path, int] = {}
    hits: set[tuple[bytes, Path]] = set()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            read[path] = 0
            for chunk, size in _chunks(path):
                hits.update((needle, path) for needle in tables.found_in(chunk))
                read[path] += size
    listed = "".join(f"{path.relative_to(folder)}\0{size}\n" for path, size in read.items())
    digest = hashlib.sha256(listed.encode() + b"".join(sorted(needles))).digest()
    return Search(len(read), sum(read.values()), frozenset(hits), digest)


def _chunks(path: Path) -> Iterator[tuple[bytes, int]]:
    """Yield overlapping chunks, so that no needle is split, each with its number of new bytes."""
    before = b""
    try:
        with _open_file(path) as file:
            while piece := file.read(CHUNK):
                yield before + piece, len(piece)
                before = piece[1 - SIZE :]
    except FileNotFoundError:
        return  # the file was deleted meanwhile


@contextmanager
def _open_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file to read; SQLite files through a child process.

    Closing a SQLite file in this process would drop the locks of its own connections
    (sqlite.org/howtocorrupt.html, 2.2).
    """
    if SQLITE not in path.name:
        with path.open("rb") as file:
            yield file
        return
    with subprocess.Popen(["/bin/cat", "--", path], stdout=subprocess.PIPE) as cat:
        assert cat.stdout is not None  # noqa: S101 - a pipe was asked for
        yield cat.stdout


class _Tables:
    """The needles, indexed by their first and second pair of bytes, so that few offsets match."""

    def __init__(self, needles: Collection[bytes]) -> None:
        self.needles = frozenset(needles)
        if any(len(needle) != SIZE for needle in self.needles):
            raise ValueError(f"expected needles of {SIZE} bytes")
        self._pairs = [self._table(0), self._table(2)]

    def _table(self, start: int) -> np.ndarray:
        table = np.zeros(PAIRS, dtype=bool)
        for needle in self.needles:
            table[int.from_bytes(needle[start : start + 2], "little")] = True
        return table

    def found_in(self, chunk: bytes) -> set[bytes]:
        return {
            chunk[at : at + SIZE]
            for at in self._places(chunk)
            if chunk[at : at + SIZE] in self.needles
        }

    def _places(self, chunk: bytes) -> Iterator[int]:
        """Yield offsets whose first four bytes may begin a needle."""
        first, second = self._pairs
        for odd in (0, 1):
            pairs = np.frombuffer(
                chunk, dtype="<u2", offset=odd, count=max(0, len(chunk) - odd) // 2
            )
            begins = np.flatnonzero(first[pairs[:-1]])
            yield from (2 * begins[second[pairs[begins + 1]]] + odd).tolist()
