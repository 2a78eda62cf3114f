"""A zip that is written while it is sent: no file is ever whole in memory or on disk.

`manifest.json` comes last, with the SHA-256 of every other file, signed by the site.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from vault import signing
from vault.sealed_values import canonical

FORMAT: Final = "attune export 1"
MANIFEST: Final = "manifest.json"
ENOUGH: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class ZipMember:
    """One file to write; its parts are made on demand."""

    path: str
    parts: Iterable[bytes]


@dataclass(frozen=True, slots=True)
class WrittenFile:
    path: str
    bytes: int
    sha256: str


class Outlet(io.RawIOBase):
    """A buffer of written bytes not yet sent; it cannot seek or tell."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.waiting += data
        return len(data)

    def take(self, at_least: int = 1) -> Iterator[bytes]:
        if len(self.waiting) >= at_least:
            yield bytes(self.waiting)
            self.waiting.clear()


def pack(files: Iterable[ZipMember], facts: dict[str, Any], *, now: datetime) -> Iterator[bytes]:
    """Yield the zip in parts; `facts` are added to its manifest."""
    outlet = Outlet()
    written: list[WrittenFile] = []
    with ZipFile(outlet, "w") as archive:
        for file in files:
            yield from _add(archive, file, outlet, written, now)
        parts = [canonical(signed({**facts, "files": [_row(each) for each in written]}))]
        yield from _add(archive, ZipMember(MANIFEST, parts), outlet, [], now)
    yield from outlet.take()


def signed(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest with a signature over its canonical JSON and the means to check it."""
    return {
        **manifest,
        "signature": {
            "algorithm": "Ed25519",
            "over": f"{FORMAT}, a line feed, then this object without `signature` as JSON with "
            "sorted keys, no blanks, UTF-8",
            "public_key": signing.public_key().hex(),
            "value": signing.sign(signing.EXPORT, canonical(manifest)).hex(),
        },
    }


def _add(
    archive: ZipFile, file: ZipMember, outlet: Outlet, written: list[WrittenFile], now: datetime
) -> Iterator[bytes]:
    info = ZipInfo(file.path, date_time=now.timetuple()[:6])
    info.compress_type = ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    digest, size = hashlib.sha256(), 0
    with archive.open(info, "w", force_zip64=True) as entry:
        for part in file.parts:
            entry.write(part)
            digest.update(part)
            size += len(part)
            yield from outlet.take(ENOUGH)
    written.append(WrittenFile(file.path, size, digest.hexdigest()))
    yield from outlet.take(ENOUGH)


def _row(file: WrittenFile) -> dict[str, Any]:
    return {"path": file.path, "bytes": file.bytes, "sha256": file.sha256}
