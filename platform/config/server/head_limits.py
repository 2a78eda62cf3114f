"""Limits on the size and time of a request's head; uvicorn itself sets none.

A head is everything parsed outside a body: the request line, the headers, and the trailers and
chunk sizes of a chunked body. A longer one gets 431, a slower one 408, and the connection closes.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_HEAD: Final = 64 * 1024
# From the first byte of a head, or from the connection, to the end of the head.
HEAD_WITHIN_S: Final = 20.0
ANSWER: Final = "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
TOO_LONG: Final = ANSWER.format(status="431 Request Header Fields Too Large").encode()
TOO_SLOW: Final = ANSWER.format(status="408 Request Timeout").encode()


class HeadTooLong(Exception):
    """The head exceeds LONGEST_HEAD."""


class LimitedHeads(HttpToolsProtocol):
    """uvicorn's HTTP protocol with limits on size and time of heads.

    `head_size` counts the bytes parsed since the last output other than a head.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.in_head, self.head_size, self.is_too_long = True, 0, False
        self.head_deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse in pieces of at most LONGEST_HEAD, so that no head outgrows it unchecked."""
        for at in range(0, len(data), LONGEST_HEAD):
            if self.transport.is_closing() or self.transport.get_protocol() is not self:
                return
            piece = data[at : at + LONGEST_HEAD]
            self.head_size += len(piece)
            super().data_received(piece)
            if self.head_size > LONGEST_HEAD:
                self._end(TOO_LONG)
        if self.in_head:
            self._watch_head()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.in_head, self.head_size = True, 0

    def on_header(self, name: bytes, value: bytes) -> None:
        # A trailer arrives after the application was called: it must not pass for a header.
        if self.in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        lines = sum(len(name) + len(value) + 4 for name, value in self.headers)
        if len(self.url) + lines > LONGEST_HEAD:
            self.is_too_long = True
            raise HeadTooLong
        self.in_head, self.head_size = False, 0
        self._stop_watching()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self.head_size = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.head_size = 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer a head that cannot be parsed; uvicorn also calls this for HeadTooLong."""
        if self.is_too_long:
            self._end(TOO_LONG)
        else:
            super().send_400_response(msg)

    def _watch_head(self) -> None:
        if self.head_deadline is None and not self.transport.is_closing():
            self.head_deadline = self.loop.call_later(HEAD_WITHIN_S, self._end, TOO_SLOW)

    def _stop_watching(self) -> None:
        if self.head_deadline is not None:
            self.head_deadline.cancel()
            self.head_deadline = None

    def _end(self, answer: bytes) -> None:
        self._stop_watching()
        if not self.transport.is_closing():
            self.transport.write(answer)
            self.transport.close()
