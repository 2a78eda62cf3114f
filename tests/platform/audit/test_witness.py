"""Each head reaches each witness in order, once that is possible; a killed process loses none."""

from __future__ import annotations

import itertools
import json
import socket
import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from audit import findings, merkle, sequencer, tree_heads, witness_publisher, witness_verification
from audit.models import TreeHead, Witnessed
from tests.platform.audit.conftest import START, act

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def grow(*counts, since=0):
    """Make a head for each count."""
    for minute, count in enumerate(counts, since):
        act(count)
        sequencer.sweep(now=START + minute * MINUTE)


def lines(settings):
    return [json.loads(line) for line in settings.AUDIT_WITNESS_FILE.read_text().splitlines()]


def test_each_head_is_a_line_that_goes_on_from_the_line_before(settings):
    grow(3, 4, 1)
    assert witness_publisher.publish_to_file(now=START) == 3
    told = lines(settings)
    assert [(line["since"], line["size"]) for line in told] == [(0, 3), (3, 7), (7, 8)]
    assert {**told[-1], **tree_heads.load_latest().as_dict()} == told[-1]
    for old, new in itertools.pairwise(told):
        assert merkle.is_consistent(
            old["size"],
            new["size"],
            old_root=bytes.fromhex(old["root"]),
            new_root=bytes.fromhex(new["root"]),
            proof=[bytes.fromhex(hashed) for hashed in new["consistency"]],
        )


def test_only_missing_heads_are_published(settings):
    grow(3)
    assert witness_publisher.publish_to_file(now=START) == 1
    assert witness_publisher.publish_to_file(now=START) == 0
    grow(2, since=1)
    assert witness_publisher.publish_to_file(now=START) == 1
    assert [line["size"] for line in lines(settings)] == [3, 5]
    assert settings.AUDIT_WITNESS_FILE.stat().st_mode & 0o777 == 0o600


def test_a_process_killed_after_writing_hands_over_again_and_that_is_no_fault(settings):
    grow(3, 2)
    witness_publisher.publish_to_file(now=START)
    from django.db import connection

    with connection.as_owner():
        Witnessed.objects.filter(head=5).delete()
    assert witness_publisher.publish_to_file(now=START) == 1
    assert [line["size"] for line in lines(settings)] == [3, 5, 5]
    assert not judged(settings)


def test_half_a_line_of_a_killed_process_spoils_no_other(settings):
    grow(3)
    witness_publisher.publish_to_file(now=START)
    whole = settings.AUDIT_WITNESS_FILE.read_text()
    grow(2, since=1)
    witness_publisher.publish_to_file(now=START)
    second = settings.AUDIT_WITNESS_FILE.read_text()[len(whole) :]
    settings.AUDIT_WITNESS_FILE.write_text(whole + second[:40])
    assert judged(settings) == {"witness_lost": 1}
    from django.db import connection

    with connection.as_owner():
        Witnessed.objects.filter(head=5).delete()
    witness_publisher.publish_to_file(now=START)
    assert settings.AUDIT_WITNESS_FILE.read_text() == whole + second[:40] + "\n" + second
    assert not judged(settings)


def judged(settings):
    """Return the findings in the file, by kind."""
    found = findings.AuditFindings()
    rows = {row.size: row for row in TreeHead.objects.all()}
    read = witness_verification.read_lines(settings.AUDIT_WITNESS_FILE, found)
    witness_verification.check_lines(found, read, rows, key=tree_heads.load_latest().public_key)
    witness_verification.check_published(found, read)
    return dict(found.counts)


def test_a_failed_write_is_logged_and_retried(settings, tmp_path, caplog):
    grow(3)
    place = settings.AUDIT_WITNESS_FILE
    settings.AUDIT_WITNESS_FILE = tmp_path
    assert witness_publisher.publish_to_file(now=START) == 0
    assert "audit.witness_waits" in caplog.text
    settings.AUDIT_WITNESS_FILE = place
    assert witness_publisher.publish_to_file(now=START) == 1


class Witness(BaseHTTPRequestHandler):
    """An outside address: it answers as configured and stores what it received."""

    def do_POST(self):
        self.server.got.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(self.server.answer)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Log nothing."""


@pytest.fixture
def elsewhere(settings):
    server = HTTPServer(("127.0.0.1", 0), Witness)
    server.got, server.answer = [], 204
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    settings.AUDIT_WITNESS_URL = f"http://127.0.0.1:{server.server_port}/heads?site=1"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_gets_the_heads_it_lacks_in_one_request(elsewhere):
    grow(3, 4)
    assert witness_publisher.publish_to_web(now=START) == 2
    assert witness_publisher.publish_to_web(now=START) == 0
    (body,) = elsewhere.got
    assert [line["size"] for line in json.loads(body)["heads"]] == [3, 7]
    assert json.loads(body)["heads"][1]["root"] == tree_heads.load_latest().root.hex()


@pytest.mark.parametrize("answer", [302, 307, 400, 500])
def test_any_other_status_is_logged_and_retried(elsewhere, caplog, answer):
    grow(3)
    elsewhere.answer = answer
    assert witness_publisher.publish_to_web(now=START) == 0
    assert "audit.witness_waits" in caplog.text
    assert elsewhere.server_address[0] not in caplog.text
    elsewhere.answer = 200
    assert witness_publisher.publish_to_web(now=START) == 1
    assert len(elsewhere.got) == 2


def test_a_silent_address_delays_neither_positions_nor_the_file(settings, monkeypatch):
    monkeypatch.setattr(witness_publisher, "TIMEOUT_S", 0.2)
    grow(3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.AUDIT_WITNESS_URL = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        began = time.monotonic()
        assert witness_publisher.publish_to_web(now=START) == 0
        assert time.monotonic() - began < 10
    assert witness_publisher.publish_to_file(now=START) == 1


def test_without_an_address_nothing_is_posted():
    grow(3)
    assert witness_publisher.publish_to_web(now=START) == 0
    assert not Witnessed.objects.exists()
