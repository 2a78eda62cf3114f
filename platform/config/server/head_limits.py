"""How long the head of a request may be, in bytes and in seconds: uvicorn itself sets no limit.

A head is everything that is parsed outside a body: the request line, the headers, and the trailers
and chunk sizes of a chunked body. A longer one gets 431, a slower one 408, and the connection ends.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LONGEST_HEAD: Final = 64 * 1024
# From the first byte of a head, or from the connection, to the end of the head.
HEAD_WITHIN_S: Final = 20.0
ANSWER: Final = "HTTP/1.1 {said}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
TOO_LONG: Final = ANSWER.format(said="431 Request Header Fields Too Large").encode()
TOO_SLOW: Final = ANSWER.format(said="408 Request Timeout").encode()


class HeadTooLong(Exception):
    """The head has more bytes than it may have."""


class LimitedHeads(HttpToolsProtocol):
    """uvicorn's HTTP with heads that are limited in length and in time.

    `head_size` counts the bytes that were parsed since something other than a head came out.
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
        """Parse in pieces no longer than a head may be, so that no head grows between two looks."""
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
        # A trailer comes after the application was asked: it must not pass for a header.
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
        """Answer a head that cannot be parsed; uvicorn calls it for HeadTooLong as well."""
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
