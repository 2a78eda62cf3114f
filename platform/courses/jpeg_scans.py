"""The scans of a JPEG, counted in its markers before anything is decoded.

A scan of a few bytes can go over all pixels again, so a small file can take hours to decode.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

# A byte 255 and another, without what the data of a scan contains: 255 0, restarts and filling.
_MARKER: Final = re.compile(rb"\xff([\x02-\xcf\xd8-\xfe])")
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Baseline and extended sequential, with Huffman codes.
_SEQUENTIAL_FRAMES: Final = frozenset((0xC0, 0xC1))
_SCAN, _END, _COMMENT = 0xDA, 0xD9, 0xFE
_WITH_LENGTH: Final = frozenset((*range(0xC0, 0xF0), _COMMENT)) - {0xC8, *range(0xD0, 0xDA)}
# Pillow reads each in Python. Those of 64 kB would fill 65 MB.
MOST_SEGMENTS: Final = 1000


class TooManySegments(ValueError):
    """The file has more segments than any program writes."""


@dataclass(frozen=True, slots=True)
class JpegScans:
    """The number of scans; `streams` if the first has all, so libjpeg holds no more than lines."""

    count: int
    streams: bool


def read_scans(content: bytes) -> JpegScans:
    """Return the scans of a JPEG, as libjpeg reads them; raises TooManySegments."""
    frame, first, count, sequential = b"", b"", 0, False
    for marker, segment in _read_segments(content):
        if marker in _FRAMES:
            frame, sequential = segment, marker in _SEQUENTIAL_FRAMES
        elif marker == _SCAN:
            first, count = first or segment, count + 1
        elif marker == _END and count:
            break
    # The number of components: the sixth byte of a frame's header, the first of a scan's.
    return JpegScans(count, sequential and first[:1] == frame[5:6] != b"")


def _read_segments(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each marker with the header that follows it."""
    at, segments = 0, 0
    while (found := _MARKER.search(content, at)) is not None:
        if (segments := segments + 1) > MOST_SEGMENTS:
            raise TooManySegments
        marker, at = found[1][0], found.end()
        length = int.from_bytes(content[at : at + 2]) if marker in _WITH_LENGTH else 0
        yield marker, content[at + 2 : at + length]
        # libjpeg reads both bytes of a length that is too short.
        at += max(length, 2) if marker in _WITH_LENGTH else 0
