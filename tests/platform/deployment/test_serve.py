"""`manage.py serve`: a real web process that answers and ends on SIGTERM, or an error message."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from django.db import connection

from tests.fixtures.servers.celery_worker import environment
from tests.fixtures.servers.free_ports import free_port

ROOT = Path(__file__).resolve().parents[3]


def serve(*arguments, **variables):
    return subprocess.Popen(
        [sys.executable, "manage.py", "serve", *arguments], cwd=ROOT, text=True,
        env={**os.environ, "ATTUNE_NO_BOOTSTRAP": "1", **variables},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def answer(port):
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=2) as page:
                return page.read()
        except OSError:
            time.sleep(0.2)
    raise AssertionError("no answer")


@pytest.mark.django_db(transaction=True)
def test_web_is_the_process_itself_and_ends_on_sigterm():
    port = free_port()
    place = environment(connection.settings_dict["NAME"])
    process = serve("web", "--port", str(port), **place)
    try:
        assert answer(port) == b"ok\n"
        assert b"config.server.web_server" in Path(f"/proc/{process.pid}/cmdline").read_bytes()
    finally:
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=20)
    assert process.returncode in (0, -signal.SIGTERM), told
    assert "Traceback" not in told


def test_it_needs_a_database_that_outlives_it(tmp_path):
    nobodys = {"DATABASE_URL": "", "BROKER_DATABASE_URL": "", "ATTUNE_VAR": str(tmp_path)}
    process = serve("web", **nobodys, ATTUNE_LEND_POSTGRES="")
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "give DATABASE_URL" in told
