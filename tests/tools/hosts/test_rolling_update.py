"""An update has no gap only if every call of a page through it was answered."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import pytest

from deployment import free_port
from tools.hosts import load_balancer
from tools.hosts.rolling_update import PageCaller, RollingUpdate, describe_updates


@pytest.fixture
def port(monkeypatch):
    found = free_port.first_free(18900)
    monkeypatch.setattr(load_balancer, "PORT", found)
    return found


@pytest.fixture
def answer_with(port):
    """Start a site whose pages all answer with this status."""
    servers = []

    def start(status):
        class Answer(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_):
                pass

        servers.append(HTTPServer(("127.0.0.1", port), Answer))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def describe(caller, overdue=()):
    update = RollingUpdate(SimpleNamespace())
    update.callers.append(caller)
    update.overdue.extend(overdue)
    return describe_updates([update])


def test_pages_that_answer_are_no_gap(answer_with):
    answer_with(200)
    caller = PageCaller("127.0.0.1")
    with caller.keep_calling():
        while len(caller.answered_s) < 3:
            time.sleep(0.01)
    row = describe(caller)
    assert row["calls"] >= 3
    assert row["broken"] == row["failures"] == []


def test_an_error_page_is_a_gap(answer_with):
    answer_with(503)
    caller = PageCaller("127.0.0.1")
    caller.call()
    assert describe(caller)["broken"] == ["failures"]
    assert caller.failures == ["503"]


@pytest.mark.usefixtures("port")
def test_a_site_that_does_not_answer_is_a_gap():
    caller = PageCaller("127.0.0.1")
    caller.call()
    assert describe(caller)["failures"] == ["ConnectionRefusedError"]


def test_a_program_that_does_not_end_is_a_broken_update_unless_it_does_long_tasks():
    assert describe(PageCaller("127.0.0.1"), ["web1"])["broken"] == ["overdue"]
    row = describe(PageCaller("127.0.0.1"), ["slow2"])
    assert (row["broken"], row["overdue"]) == ([], ["slow2"])
