"""HTTP range requests (RFC 9110 §14): the bytes of a file that a request asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass

ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ByteSpan:
    """The bytes `first` to `last`, both included."""

    first: int
    last: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1


class RangeNotSatisfiable(ValueError):
    """The range lies wholly outside the file; the answer is status 416."""


def parse_range(header: str, size: int) -> ByteSpan | None:
    """Return the requested span, or None to send the whole file.

    None covers a missing range, several ranges and an unknown form. Raises RangeNotSatisfiable.
    """
    found = ONE_RANGE.fullmatch(header.strip().replace(" ", ""))
    if found is None or found.group() == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        return _tail(int(last), size)
    if last and int(last) < int(first):
        return None
    if int(first) >= size:
        raise RangeNotSatisfiable(f"expected a start below {size}, got {first}")
    return ByteSpan(int(first), min(int(last), size - 1) if last else size - 1)


def _tail(length: int, size: int) -> ByteSpan:
    if length == 0 or size == 0:
        raise RangeNotSatisfiable("expected at least one byte")
    return ByteSpan(max(0, size - length), size - 1)
