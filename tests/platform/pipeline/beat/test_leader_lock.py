"""The lock over two servers: it follows the one that takes writes, and trusts no former primary."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from config.embedded_postgres.paths import OWNER
from pipeline.beat import leader_lock
from pipeline.beat.leader_lock import HANDOVER_S, LeaderLock
from tests.fixtures.servers.keystore_database import promote, run_keystore_server, run_standby

pytestmark = pytest.mark.timed


@pytest.fixture
def primary(tmp_path):
    tmp_path.chmod(0o755)
    with run_keystore_server(tmp_path / "primary", hasty=False) as server:
        yield server


@pytest.fixture
def standby(primary, tmp_path):
    """A synchronous standby: a commit on the primary waits for it."""
    with run_standby(primary, tmp_path / "standby") as server:
        yield server


@pytest.fixture
def connect_to(monkeypatch):
    """Let the next connections go to the first of these servers that takes writes."""

    def point(*servers):
        parameters = {
            "dbname": "attune", "user": OWNER, "password": servers[0].password(OWNER),
            "host": ",".join(str(server.socket()) for server in servers),
        }  # fmt: skip
        monkeypatch.setattr(leader_lock, "connection_parameters", lambda: parameters)

    return point


def wait_until_held(lock, within_s=10):
    """Wait; return after how many seconds the lock was held."""
    began = time.monotonic()
    while not lock.is_held():
        assert time.monotonic() - began < within_s
        time.sleep(0.1)
    return time.monotonic() - began


@pytest.mark.long
def test_it_is_taken_on_the_server_that_accepts_writes(primary, standby, connect_to):
    connect_to(standby, primary)
    lock = LeaderLock()
    assert wait_until_held(lock) >= HANDOVER_S
    assert lock.execute("SELECT pg_is_in_recovery()", {}) == [(False,)]
    lock.release()


@pytest.mark.long
def test_a_holder_on_a_former_primary_gives_up_although_that_still_runs(
    primary, standby, connect_to
):
    connect_to(primary)
    cut_off = LeaderLock()
    wait_until_held(cut_off)
    promote(standby)
    began = time.monotonic()
    assert not cut_off.is_held()
    assert time.monotonic() - began < HANDOVER_S
    connect_to(standby)
    successor = LeaderLock()
    wait_until_held(successor)
    assert not cut_off.is_held()
    connect_to(standby, primary)
    assert not cut_off.is_held()
    assert successor.is_held()
    successor.release()


def test_a_server_that_hangs_is_given_up_within_the_time_of_an_answer(primary, connect_to):
    connect_to(primary)
    lock = LeaderLock()
    wait_until_held(lock)
    frozen = [primary.pid(), lock.connection.info.backend_pid]
    for pid in frozen:
        os.kill(pid, signal.SIGSTOP)
    thaw = threading.Timer(2 * HANDOVER_S, lambda: [os.kill(pid, signal.SIGCONT) for pid in frozen])
    thaw.start()
    time.sleep(leader_lock.FRESH_S)
    began = time.monotonic()
    assert not lock.is_held()
    assert time.monotonic() - began < HANDOVER_S
    thaw.join()
