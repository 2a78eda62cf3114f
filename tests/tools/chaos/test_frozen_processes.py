"""A stopped process does nothing, and continues once it is resumed."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from random import Random
from types import SimpleNamespace

import pytest
import redis

from tools.chaos.faults import Freeze, SleepRedis
from tools.testbed.site import Site


@pytest.fixture
def site(tmp_path):
    return Site(environment={}, folder=tmp_path, conninfo="", rng=Random(1))


def state(pid):
    """Return the state the system reports; T = stopped."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


def test_only_the_postmaster_and_its_backends_are_stopped(site, tmp_path):
    """Uses processes in place of those of a server."""
    inside, outside = tmp_path / "data", tmp_path.parent
    inside.mkdir()
    postmaster, backend, other = (
        subprocess.Popen(["sleep", "60"], cwd=place) for place in (inside, inside, outside)
    )
    site.postgres = SimpleNamespace(folder=tmp_path, pid=lambda: postmaster.pid)
    freeze = Freeze(site, "postgres")
    try:
        freeze.start()
        time.sleep(0.1)
        assert [state(each.pid) for each in (postmaster, backend)] == ["T", "T"]
        assert state(other.pid) == "S"
        freeze.stop()
        time.sleep(0.1)
        assert [state(each.pid) for each in (postmaster, backend)] == ["S", "S"]
    finally:
        for each in (postmaster, backend, other):
            each.kill()
            each.wait()


@pytest.fixture
def broker(site, redis_server):
    site.redis = redis_server
    with redis.Redis(port=redis_server.port, socket_timeout=0.3) as asking:
        yield asking


def test_a_stopped_redis_answers_after_it_is_resumed(site, broker):
    freeze = Freeze(site, "redis")
    freeze.start()
    with pytest.raises(redis.TimeoutError):
        broker.ping()
    freeze.stop()
    time.sleep(0.1)
    assert broker.ping()


@pytest.mark.timed
def test_a_sleeping_redis_answers_after_its_sleep(site, broker):
    sleep, began = SleepRedis(site, longest_s=2.0), time.monotonic()
    sleep.start()
    assert 1 <= time.monotonic() - began < 2.5
    assert broker.ping()
