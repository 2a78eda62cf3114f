"""The site's only HTTP client: it follows no redirect, and bounds the time and size of a reply.

A key, token or cookie is sent only to the address that was named. A server that answers slowly or
endlessly delays its caller for `timeout` seconds, connecting included. Only connecting can take
longer: each address of a name, and the TLS handshake, has that limit by itself. The name look-up
has the limit of the resolver.
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
    """The server did not answer, answered too late, or sent too much."""


@dataclass(frozen=True, slots=True)
class HttpReply:
    status: int
    headers: Message = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def accepted(self) -> bool:
        """Return whether the status is 2xx."""
        return 200 <= self.status < 300


def send_request(
    method: str,
    url: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    *,
    timeout: float,
    largest: int = LARGEST,
) -> HttpReply:
    """Send one request on its own connection. Raises OSError if no reply came."""
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
        return HttpReply(response.status, response.headers, content)


def _connection(scheme: str, host: str, port: int | None, timeout: float) -> HTTPConnection:
    if scheme == "https":
        return HTTPSConnection(host, port, timeout=timeout, context=_context())
    if scheme != "http":
        raise NoReply(f"expected an http or https address, got {scheme!r}")
    return HTTPConnection(host, port, timeout=timeout)


@functools.cache
def _context() -> ssl.SSLContext:
    """Return the trusted certificates, cached: reading them takes longer than a request."""
    return ssl.create_default_context()


@contextmanager
def _deadline(connection: HTTPConnection, seconds: float) -> Iterator[None]:
    """End a request after `seconds`: a socket's own time limit restarts with every byte."""
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
        # Not the SSL socket's own method, which would drop the session under the reader.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
