"""One request goes to one address: no redirects, no endless replies, no incomplete replies."""

from __future__ import annotations

import itertools
import ssl
import threading
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.fixtures.servers.free_ports import free_port
from vault import http_client

SECRET = {"X-Vault-Token": "a-token", "Authorization": "Basic a-key", "Cookie": "session=hers"}


@contextmanager
def serving(answer):
    """Run a server whose requests `answer` handles; yield its address and the requests it got."""
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, dict(self.headers)))
            answer(self)

        do_POST = do_PUT = do_DELETE = do_GET

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_a_whole_reply_comes_back_with_status_headers_and_body():
    def answer(handler):
        handler.send_response(201)
        handler.send_header("Set-Cookie", "name=value")
        handler.end_headers()
        handler.wfile.write(b"made")

    with serving(answer) as (url, asked):
        reply = http_client.send_request("POST", f"{url}/a?b=1", b"body", SECRET, timeout=5)
    assert (reply.status, reply.headers["Set-Cookie"], reply.body) == (201, "name=value", b"made")
    assert asked[0][0] == "/a?b=1"
    assert SECRET.items() <= asked[0][1].items()
    assert "made" not in repr(reply)


def test_no_redirect_is_followed_whatever_the_method():
    def away(handler):
        handler.send_response(int(handler.path[-3:]))
        handler.send_header("Location", f"{elsewhere}/taken")
        handler.end_headers()

    ways = list(itertools.product(("GET", "POST", "PUT", "DELETE"), (301, 302, 303, 307, 308)))
    with (
        serving(lambda handler: handler.send_response(200)) as (elsewhere, taken),
        serving(away) as (url, asked),
    ):
        for method, status in ways:
            reply = http_client.send_request(method, f"{url}/{status}", headers=SECRET, timeout=5)
            assert reply.status == status
    assert (len(asked), taken) == (len(ways), [])


def endless_body(handler):
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b"x")
        time.sleep(0.05)


def endless_head(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        handler.wfile.write(b"x")
        time.sleep(0.05)


def silence(_handler):
    time.sleep(5)


@pytest.mark.parametrize("answer", [endless_body, endless_head, silence])
def test_a_reply_that_comes_byte_by_byte_ends_at_the_time_limit(answer):
    began = time.monotonic()
    with serving(answer) as (url, _), pytest.raises(OSError, match=r"timed out|no whole reply"):
        http_client.send_request("GET", url, timeout=0.4)
    assert time.monotonic() - began < 4


def test_the_time_that_connecting_took_is_part_of_the_limit(monkeypatch):
    connect = HTTPConnection.connect

    def slowly(connection):
        time.sleep(1.5)
        connect(connection)

    monkeypatch.setattr(HTTPConnection, "connect", slowly)
    began = time.monotonic()
    with serving(endless_body) as (url, _), pytest.raises(OSError, match="no whole reply"):
        http_client.send_request("GET", url, timeout=1.6)
    assert time.monotonic() - began < 3


def test_trusted_certificates_are_read_once_for_all_requests(monkeypatch):
    http_client._context.cache_clear()
    read = []
    make = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lambda: read.append(1) or make())
    for _ in range(2):
        with pytest.raises(OSError, match="refused"):
            http_client.send_request("GET", f"https://127.0.0.1:{free_port()}", timeout=5)
    assert read == [1]


def test_a_reply_over_the_size_limit_is_refused():
    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(b"x" * 101)

    with serving(answer) as (url, _):
        assert len(http_client.send_request("GET", url, timeout=5, largest=101).body) == 101
        with pytest.raises(http_client.NoReply, match="longer than 100 bytes"):
            http_client.send_request("GET", url, timeout=5, largest=100)


def test_a_truncated_or_non_http_reply_is_an_os_error():
    def short(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", "9")
        handler.end_headers()
        handler.wfile.write(b"x")

    with serving(short) as (url, _), pytest.raises(http_client.NoReply, match="cut short"):
        http_client.send_request("GET", url, timeout=5)
    with (
        serving(lambda h: h.wfile.write(b"what\r\n")) as (url, _),
        pytest.raises(http_client.NoReply, match="not HTTP"),
    ):
        http_client.send_request("GET", url, timeout=5)
    with pytest.raises(OSError, match="refused"):
        http_client.send_request("GET", f"http://127.0.0.1:{free_port()}", timeout=5)
    with pytest.raises(http_client.NoReply, match="http or https"):
        http_client.send_request("GET", "file:///etc/passwd", timeout=5)
