"""Whatever one connection sends, and however slowly, costs the web program little."""

from __future__ import annotations

import contextlib
import os
import socket
import time
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from tests.platform.config.server.test_web_server import Web

pytestmark = pytest.mark.django_db(transaction=True)
MB = 1024 * 1024
PIECE = b"x" * (64 * 1024)
GROWTH = 24 * MB


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("floods")


@pytest.fixture
def web(folder):
    """The web program with time limits of seconds."""
    found = Web(
        folder,
        "import config.asgi_sockets",
        "from config.request_body import limits",
        "from config.server import head_limits",
        "limits.PATIENCE_S, head_limits.HEAD_WITHIN_S = 2.0, 2.0",
    )
    yield found
    found.kill()


def connected(web):
    return socket.create_connection(("127.0.0.1", web.port), timeout=20)


def head_of(method, path, *lines, port=1):
    said = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *lines, "", ""]
    return "\r\n".join(said).encode()


def poured(connection, piece, most):
    """Return how many bytes were accepted before the other side closed, and its answer."""
    sent, answer = 0, b""
    with contextlib.suppress(ConnectionError):
        while sent < most:
            connection.sendall(piece)
            sent += len(piece)
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65_536):
            answer += part
    return sent, answer


def held(web):
    """Return the resident bytes of both processes, and the bytes of their growing open files."""
    pids = (web.pages.pid, web.sockets)
    memory = sum(psutil.Process(pid).memory_info().rss for pid in pids)
    files = 0
    for pid in pids:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if os.readlink(entry).startswith(settings.FILE_UPLOAD_TEMP_DIR):
                    files += entry.stat().st_size
    return memory, files


CHUNK = b"%x\r\n" % len(PIECE) + PIECE + b"\r\n"
FORM = "Content-Type: application/x-www-form-urlencoded"
CHUNKED = "Transfer-Encoding: chunked"
SOCKET = "/ws/sittings/3f1f7a9e-0000-4000-8000-000000000000/"
LOG_IN = head_of("POST", "/accounts/login/", FORM, CHUNKED)
LINES = (b"x: " + b"y" * 61 + b"\r\n") * 1024
UPGRADE = head_of("GET", SOCKET, "Upgrade: websocket", "Connection: Upgrade", "X-Flood: x")
DECLARED = head_of("POST", "/accounts/login/", FORM, "Content-Length: 400000000")
FLOODS = {
    "header": (head_of("GET", "/", "X-Flood: x").rstrip(), PIECE, b"431"),
    "headers": (head_of("GET", "/").rstrip() + b"\r\n", LINES, b"431"),
    "address": (b"GET /", PIECE, b"431"),
    "upgrade": (UPGRADE.rstrip(), PIECE, b"431"),
    "declared": (DECLARED, PIECE, b"413"),
    "chunked": (LOG_IN, CHUNK, b"413"),
    "api": (head_of("POST", "/api/v1/sittings/", CHUNKED), CHUNK, b"413"),
    "upload": (head_of("POST", "/author/import/", FORM, CHUNKED), CHUNK, b"401"),
    "trailers": (LOG_IN + b"0\r\n", LINES, b""),
    "extension": (LOG_IN + b"1;a=", PIECE, b"431"),
}


def test_no_flood_before_a_log_in_costs_memory_or_disk(web):
    """Head, trailers or body, declared or not: the connection closes after little of 100 MB."""
    before, _ = held(web)
    for name, (head, piece, code) in FLOODS.items():
        with connected(web) as connection:
            connection.sendall(head)
            sent, answer = poured(connection, piece, 100 * MB)
        memory, files = held(web)
        assert sent < 40 * MB, f"{name}: {sent / MB:.0f} MB were taken"
        # The answer to a request with refused trailers depends on which comes first.
        if code:
            assert answer.startswith(b"HTTP/1.1 " + code), (name, answer[:200])
            assert b"connection: close" in answer.lower(), name
        assert memory - before < GROWTH, f"{name}: {(memory - before) / MB:.0f} MB more"
        assert files == 0, name
    assert "Traceback" not in web.log.read_text()


SLOW = {
    "nothing": (b"", 2),
    "head": (b"GET / HTTP/1.1\r\nX: ", 2),
    "body": (head_of("POST", "/accounts/login/", FORM, "Content-Length: 4000"), 2),
    "chunks": (head_of("POST", "/accounts/login/", FORM, "Transfer-Encoding: chunked"), 2),
}


def test_a_connection_that_sends_a_byte_now_and_then_ends(web):
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        slow = {name: stack.enter_context(connected(web)) for name in SLOW}
        for name, (head, _) in SLOW.items():
            slow[name].sendall(head)
        ends: dict[str, bytes] = {}
        while len(ends) < len(SLOW) and time.monotonic() - began < 15:
            for name, connection in slow.items():
                connection.settimeout(0.1)
                with contextlib.suppress(TimeoutError, ConnectionError):
                    if name not in ends and name != "nothing":
                        connection.sendall(b"1\r\nx\r\n" if name == "chunks" else b"x")
                    if name not in ends and (said := connection.recv(12)):
                        ends[name] = said
    assert ends == dict.fromkeys(SLOW, b"HTTP/1.1 408")
    assert time.monotonic() - began > 2
