"""An author who sends a video by tus, over a line of a given speed that breaks within pieces."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from random import Random
from typing import Final

from django.conf import settings

from authoring.films.film_uploads import MAX_PIECE
from authoring.films.tus_views import PIECE_TYPE, VERSION

PATIENCE_S: Final = 60.0
PART: Final = 64 * 1024
# Any secret works as long as cookie and header agree.
CSRF: Final = "c" * 32


@dataclass(slots=True)
class FilmSender:
    """A signed-in author at the web process at `address`.

    `bytes_a_second`: None for as fast as the machine can. `on_part` is called after each part.
    """

    address: str
    session: str = field(repr=False)
    bytes_a_second: float | None
    on_part: Callable[[int], None]

    def begin(self, path: str, length: int) -> str:
        """Begin an upload and return its path."""
        answer = self._ask("POST", path, {"Upload-Length": str(length)}, 201)
        return answer.headers["Location"] or ""

    def find_offset(self, path: str) -> int:
        """Ask how many bytes are there."""
        return int(self._ask("HEAD", path, {}, 200).headers["Upload-Offset"] or -1)

    def send(self, path: str, offset: int, piece: bytes) -> None:
        """Send a whole piece."""
        line = self._begin_piece(path, offset, piece)
        self._send_parts(line, piece, offset)
        answer = line.getresponse()
        answer.read()
        line.close()
        _check(answer, 204)

    def break_within(self, path: str, offset: int, piece: bytes, at: int) -> None:
        """Send the first `at` bytes of a piece, and close the connection."""
        line = self._begin_piece(path, offset, piece)
        self._send_parts(line, piece[:at], offset)
        line.close()

    def _begin_piece(self, path: str, offset: int, piece: bytes) -> HTTPConnection:
        line = self._connect()
        line.putrequest("PATCH", path)
        headers = {"Upload-Offset": str(offset), "Content-Type": PIECE_TYPE}
        for name, value in {**self._headers(), **headers}.items():
            line.putheader(name, value)
        line.putheader("Content-Length", str(len(piece)))
        line.endheaders()
        return line

    def _send_parts(self, line: HTTPConnection, piece: bytes, offset: int) -> None:
        began, sent = time.monotonic(), 0
        for part in _divide(piece):
            line.send(part)
            sent += len(part)
            self.on_part(offset + sent)
            if self.bytes_a_second:
                time.sleep(max(0.0, began + sent / self.bytes_a_second - time.monotonic()))

    def _ask(self, method: str, path: str, headers: dict[str, str], wanted: int) -> HTTPResponse:
        line = self._connect()
        line.request(method, path, headers={**self._headers(), **headers})
        answer = line.getresponse()
        answer.read()
        line.close()
        return _check(answer, wanted)

    def _connect(self) -> HTTPConnection:
        return HTTPConnection(self.address, timeout=PATIENCE_S)

    def _headers(self) -> dict[str, str]:
        cookies = {settings.SESSION_COOKIE_NAME: self.session, settings.CSRF_COOKIE_NAME: CSRF}
        return {
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
            "X-CSRFToken": CSRF,
            "Tus-Resumable": VERSION,
        }


def make_piece(seed: int, offset: int, length: int) -> bytes:
    """Return the piece at this offset of a film of `length` bytes, the same for each call."""
    size = min(MAX_PIECE, length - offset)
    return Random(f"{seed}-{offset}").randbytes(size)  # noqa: S311 - an invented film


def _divide(piece: bytes) -> Iterator[bytes]:
    for at in range(0, len(piece), PART):
        yield piece[at : at + PART]


def _check(answer: HTTPResponse, wanted: int) -> HTTPResponse:
    if answer.status != wanted:
        raise RuntimeError(f"expected {wanted}, got {answer.status}")
    return answer
