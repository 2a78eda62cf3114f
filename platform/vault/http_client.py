"""The one HTTP client of the site: it follows no redirect, and bounds the time and size of a reply.

A key, a token or a cookie goes to the address that was named and to no other. A server that
answers slowly, or without end, holds up its caller for `timeout` seconds, connecting included. Only
connecting can take longer: each address of a name has that limit by itself, so has the TLS
handshake, and the look-up of the name has the limit of the resolver.
"""

from __future__ import annotations

import functools
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

LARGEST: Final = 1 << 20


class NoReply(OSError):
    """The server did not answer, not in time, or with too much."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: Message = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


def send(
    method: str,
    url: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    timeout: float,
    largest: int = LARGEST,
) -> Reply:
    """Send one request on a connection of its own. Raises OSError where no reply came."""
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, timeout)
    with _deadline(connection, timeout):
        connection.request(method, target, body, dict(headers or {}))
        response = connection.getresponse()
        content = response.read(largest + 1)
        if len(content) > largest:
            raise NoReply(f"the reply is longer than {largest} bytes")
        if response.length:
            raise NoReply("the reply was cut short")
        return Reply(response.status, response.headers, content)


def _connection(scheme: str, host: str, port: int | None, timeout: float) -> HTTPConnection:
    if scheme == "https":
        return HTTPSConnection(host, port, timeout=timeout, context=_context())
    if scheme != "http":
        raise NoReply(f"expected an http or https address, got {scheme!r}")
    return HTTPConnection(host, port, timeout=timeout)


@functools.cache
def _context() -> ssl.SSLContext:
    """Return the certificates that are trusted: reading them takes longer than a request."""
    return ssl.create_default_context()


@contextmanager
def _deadline(connection: HTTPConnection, seconds: float) -> Iterator[None]:
    """End what takes longer: the time limit of a socket starts again with every byte."""
    late, began = threading.Event(), time.monotonic()
    try:
        connection.connect()
        left = max(0.0, began + seconds - time.monotonic())
        timer = threading.Timer(left, _cut, [connection.sock, late])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
    except HTTPException as error:
        raise NoReply(f"the reply is not HTTP ({type(error).__name__})") from error
    finally:
        connection.close()
        if late.is_set():
            raise NoReply(f"no whole reply within {seconds:g} s")


def _cut(sock: socket.socket, late: threading.Event) -> None:
    late.set()
    with suppress(OSError):
        # Not the method of an SSL socket: it would take the session from under the reader.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
