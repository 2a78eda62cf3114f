"""A real Celery worker for tests of the whole road: its own process, the test's database."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest

ROOT = Path(__file__).resolve().parents[1]
READY_S = 90


def environment(database: str) -> dict[str, str]:
    """The test's environment, with the name of the test's own database in the address."""
    url = urlsplit(os.environ["DATABASE_URL"])
    return {
        **os.environ,
        "DATABASE_URL": urlunsplit(url._replace(path=f"/{database}")),
        "LEGAL_PROFILE": "demo",
        "PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}",
        "PYTHONWARNINGS": "ignore",
    }


@pytest.fixture(scope="session")
def worker(django_db_setup, tmp_path_factory):
    """Both queues, drained by a worker that knows nothing of the test; yields its log file."""
    from django.db import connection

    log = tmp_path_factory.mktemp("worker") / "worker.log"
    command = [
        *(sys.executable, "-m", "celery", "-A", "config.celery", "worker"),
        *("-P", "threads", "-c", "2", "-Q", "live,slow", "-l", "info"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]
    with log.open("w") as out:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment(connection.settings_dict["NAME"]),
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(process, log)
        yield log
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_ready(process, log) -> None:
    for _ in range(READY_S * 5):
        if " ready." in log.read_text():
            return
        if process.poll() is not None:
            break
        time.sleep(0.2)
    raise AssertionError(f"expected a worker, got:\n{log.read_text()[-2000:]}")
