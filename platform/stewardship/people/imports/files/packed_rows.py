"""Compressed rows of a file: 50,000 lists of cells would take 40 MB of a web process."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

NumberedCells = tuple[int, Sequence[str]]
LEVEL: Final = 3


@dataclass(frozen=True, slots=True)
class PackedRows:
    """Numbered rows as compressed lines of JSON. Each iteration decompresses them again."""

    packed: bytes = field(repr=False)
    count: int

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[NumberedCells]:
        for line in zlib.decompress(self.packed).splitlines():
            number, *cells = json.loads(line)
            yield number, cells

    def as_json(self) -> dict[str, Any]:
        return {"packed": b64encode(self.packed).decode(), "count": self.count}

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> PackedRows:
        return cls(b64decode(kept["packed"]), kept["count"])


def pack(rows: Iterable[NumberedCells]) -> PackedRows:
    """Compress rows as they arrive, without keeping any of them."""
    squeezed, packed, count = zlib.compressobj(LEVEL), bytearray(), 0
    for number, cells in rows:
        line = json.dumps([number, *cells], ensure_ascii=False)
        packed += squeezed.compress(line.encode() + b"\n")
        count += 1
    packed += squeezed.flush()
    return PackedRows(bytes(packed), count)
