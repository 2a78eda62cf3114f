"""Read length, width and height from a video file.

Only the relevant boxes of MP4 (ISO 14496-12) and elements of WebM (RFC 8794, RFC 9559) are read,
with limits on depth and number; nothing is decoded. Browsers record WebM without a length: ffmpeg
then measures it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

from authoring.media import ffmpeg

MAX_PARTS: Final = 2000
MAX_LENGTH_S: Final = 24 * 3600
MAX_SIDE: Final = 16_384
_CONTAINER_BOXES: Final = {b"moov", b"trak"}
_SEGMENT, _INFO, _TRACKS, _TRACK, _VIDEO = 0x18538067, 0x1549A966, 0x1654AE6B, 0xAE, 0xE0
_SCALE, _DURATION, _WIDTH, _HEIGHT = 0x2AD7B1, 0x4489, 0xB0, 0xBA
_ENTERED: Final = {_SEGMENT, _INFO, _TRACKS, _TRACK, _VIDEO}
_WANTED: Final = {_SCALE, _DURATION, _WIDTH, _HEIGHT}
_NANOSECONDS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class VideoMetadata:
    """`seconds`, `width` and `height` are 0 where the file does not contain them."""

    seconds: float = 0
    width: int = 0
    height: int = 0


def measure(path: Path, wait_s: float = ffmpeg.MAX_WAIT_S) -> VideoMetadata:
    """Return the file's metadata; an empty one for a broken file.

    A missing length is measured for at most `wait_s`.
    """
    read = _read_webm if path.suffix == ".webm" else _read_mp4
    try:
        with path.open("rb") as file:
            found = read(file, path.stat().st_size)
    except (struct.error, OSError, ValueError, ZeroDivisionError):
        return VideoMetadata()
    if not found.seconds:
        found = replace(found, seconds=ffmpeg.length_of(path, wait_s))
    sound = 0 < found.seconds <= MAX_LENGTH_S and max(found.width, found.height) <= MAX_SIDE
    return found if sound else VideoMetadata()


def _read_mp4(file: IO[bytes], size: int) -> VideoMetadata:
    seconds, width, height = 0.0, 0, 0
    for kind, body in _read_boxes(file, 0, size):
        if kind == b"mvhd":
            seconds = _movie_seconds(body)
        elif kind == b"tkhd" and not width:
            wide, high = struct.unpack(">II", body[-8:])
            width, height = wide >> 16, high >> 16
            if _is_turned(body):
                width, height = height, width
    return VideoMetadata(round(seconds, 2), width, height)


def _is_turned(body: bytes) -> bool:
    """Return whether the track's matrix rotates it by a quarter turn, as for upright phones."""
    across, down, _, up, along = struct.unpack_from(">5i", body, len(body) - 44)
    return bool(across == along == 0 and down != 0 and up != 0)


def _movie_seconds(body: bytes) -> float:
    form = ">IQ" if body[0] == 1 else ">II"
    scale, duration = struct.unpack_from(form, body, 20 if body[0] == 1 else 12)
    return float(duration / scale)


def _read_boxes(file: IO[bytes], start: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield the small boxes on the way to the tracks; media data is skipped."""
    spans, seen = [(start, end)], 0
    while spans and seen < MAX_PARTS:
        at, end = spans.pop()
        while at + 8 <= end and seen < MAX_PARTS:
            seen += 1
            file.seek(at)
            size, kind = struct.unpack(">I4s", file.read(8))
            head = 8
            if size == 1:
                size, head = struct.unpack(">Q", file.read(8))[0], 16
            size = size or end - at
            if size < head:
                return
            if kind in _CONTAINER_BOXES:
                spans.append((at + head, at + size))
            elif kind in (b"mvhd", b"tkhd"):
                yield kind, file.read(min(size - head, 200))
            at += size


def _read_webm(file: IO[bytes], size: int) -> VideoMetadata:
    found: dict[int, float] = {_SCALE: 1_000_000, _DURATION: 0, _WIDTH: 0, _HEIGHT: 0}
    for id, body in _read_elements(file, size):
        if id == _DURATION:
            found[id] = struct.unpack(">f" if len(body) == 4 else ">d", body)[0]
        elif id == _SCALE or not found[id]:
            found[id] = int.from_bytes(body, "big")
    seconds = found[_DURATION] * found[_SCALE] / _NANOSECONDS
    return VideoMetadata(round(seconds, 2), int(found[_WIDTH]), int(found[_HEIGHT]))


def _read_elements(file: IO[bytes], size: int) -> Iterator[tuple[int, bytes]]:
    """Yield the wanted elements in order; stop at a Cluster, where the media data begins."""
    at = 0
    for _ in range(MAX_PARTS):
        if at >= size:
            return
        file.seek(at)
        id = _read_number(file, keep_marker=True)
        length = _read_number(file)
        at = file.tell()
        if id in _ENTERED:
            continue
        if id in _WANTED:
            yield id, file.read(min(length, 8))
        at += length


def _read_number(file: IO[bytes], *, keep_marker: bool = False) -> int:
    """Read a number whose leading bits give its length in bytes."""
    first = file.read(1)
    if not first or not first[0]:
        raise ValueError("expected an element")
    more = 8 - first[0].bit_length()
    head = first[0] if keep_marker else first[0] & ((1 << (7 - more)) - 1)
    return int.from_bytes(bytes([head]) + file.read(more), "big")
