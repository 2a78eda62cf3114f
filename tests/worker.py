"""What a test starts as processes of its own: a Celery worker on the test's database, and commands
on an empty one."""

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


@pytest.fixture
def empty_database():
    """A new database on this server, and the environment of a site that runs on it."""
    name = f"attune_test_empty_{os.getpid()}"
    _run_as_owner(f'CREATE DATABASE "{name}"')
    yield environment(name)
    _run_as_owner(f'DROP DATABASE "{name}" WITH (FORCE)')


def _run_as_owner(statement: str) -> None:
    import psycopg
    from django.conf import settings

    from config.database import addresses

    login = {**settings.OWNER_LOGIN, "NAME": "postgres"}
    with psycopg.connect(addresses.conninfo(login), autocommit=True) as server:
        server.execute(statement)


@pytest.fixture(autouse=True)
def _wake_no_worker(request, monkeypatch):
    """Keep the session's worker out of a test that does not ask for it.

    It would take what the test works off itself, and knows neither its files nor its settings.
    """
    if "worker" not in request.fixturenames:
        monkeypatch.setattr("pipeline.wake", lambda *_, **__: None)


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
