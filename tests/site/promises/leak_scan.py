"""Search for a text or bytes in every file of a folder, in every form a leak may take.

It searches contents, file names and packed data.
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import os
import subprocess
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ZLIB, SMALL = b"\x78\x9c", 1 << 18
Needles = Mapping[str, bytes]


@dataclass(frozen=True)
class Hit:
    file: str
    form: str


def text_needles(text: str) -> Needles:
    """Return a text as written, lower and upper, in UTF-8, UTF-16, hex and base64."""
    found: dict[str, bytes] = {}
    for case, written in (("", text), (" lower", text.lower()), (" upper", text.upper())):
        found[f"utf-8{case}"] = written.encode()
        found[f"utf-16-le{case}"] = written.encode("utf-16-le")
        found[f"utf-16-be{case}"] = written.encode("utf-16-be")
        found.update({f"{form}{case}": n for form, n in encoded(written.encode()).items()})
    return found


def byte_needles(plain: bytes) -> Needles:
    """Return bytes as they are, in hex and in base64."""
    return {"raw": plain, **encoded(plain)}


def encoded(plain: bytes) -> Needles:
    found = {"hex": plain.hex().encode(), "HEX": plain.hex().upper().encode()}
    for shift in range(3):
        # Inside a longer value the text may begin at any of three offsets of a base64 group.
        whole = base64.b64encode(bytes(shift) + plain)
        found[f"base64 at {shift}"] = whole[-(-shift * 8 // 6) :].rstrip(b"=")[:-1]
    return found


def scan(needles: Needles, *folders: Path) -> set[Hit]:
    """Return which needle is in which file."""
    sieve = Sieve(needles)
    return {
        Hit(str(path), form)
        for path in _below(*folders)
        for form in (*sieve.found_in(path.name.encode()), *_forms_in(path, sieve))
    }


def size(*folders: Path) -> tuple[int, int]:
    """Return files and bytes, for the figures."""
    count = total = 0
    for path in _below(*folders):
        with contextlib.suppress(FileNotFoundError):
            total += path.stat().st_size
            count += path.is_file()
    return count, total


def _below(*folders: Path) -> Iterator[Path]:
    """Yield all files; a folder deleted meanwhile has none."""
    for folder in folders:
        for base, names, files in os.walk(folder):
            found = (Path(base, name) for name in (*names, *files))
            yield from (path for path in found if not path.is_symlink())


def read(path: Path) -> bytes:
    """Return its bytes, for SQLite read by another process.

    Closing a SQLite file in this process would drop the locks of its own connections.
    """
    if ".sqlite3" not in path.name:
        return path.read_bytes()
    return subprocess.run(["cat", "--", path], stdout=subprocess.PIPE, check=False).stdout


def _forms_in(path: Path, sieve: Sieve) -> Iterator[str]:
    try:
        content = read(path) if path.is_file() else b""
    except FileNotFoundError:
        return
    yield from sieve.found_in(content)
    for packed in unpacked(content):
        yield from sieve.found_in(packed)


def unpacked(content: bytes) -> Iterator[bytes]:
    """Yield the contents of a zip or gzip, with their names."""
    if content.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                yield "\n".join(archive.namelist()).encode()
                yield from (archive.read(name) for name in archive.namelist())
        except (zipfile.BadZipFile, zlib.error):
            return
    elif content.startswith(b"\x1f\x8b"):
        try:
            yield gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            return
    elif len(content) <= SMALL:
        yield from _deflated(content)


def _deflated(content: bytes) -> Iterator[bytes]:
    """Yield zlib streams inside a small file, as in a cache."""
    at = content.find(ZLIB)
    while at >= 0:
        with contextlib.suppress(zlib.error):
            yield zlib.decompressobj().decompress(content[at:])
        at = content.find(ZLIB, at + 1)


class Sieve:
    """Many needles in one pass: few offsets have the first four bytes of any."""

    def __init__(self, needles: Needles) -> None:
        self.by_head: dict[bytes, list[tuple[str, bytes]]] = defaultdict(list)
        for form, needle in needles.items():
            assert len(needle) >= 8, f"{form} is too short to mean anything"
            self.by_head[needle[:4]].append((form, needle))
        self.tables = [self._table(0), self._table(2)]

    def _table(self, start: int) -> np.ndarray:
        table = np.zeros(1 << 16, dtype=bool)
        for head in self.by_head:
            table[int.from_bytes(head[start : start + 2], "little")] = True
        return table

    def found_in(self, content: bytes) -> set[str]:
        return {
            form
            for at in self._places(content)
            for form, needle in self.by_head.get(content[at : at + 4], ())
            if content.startswith(needle, at)
        }

    def _places(self, content: bytes) -> Iterator[int]:
        if len(content) < 8:
            return
        for odd in (0, 1):
            count = max(0, len(content) - odd) // 2
            pairs = np.frombuffer(content, dtype="<u2", offset=odd, count=count)
            first, second = (table[pairs] for table in self.tables)
            yield from (2 * np.flatnonzero(first[:-1] & second[1:]) + odd).tolist()
