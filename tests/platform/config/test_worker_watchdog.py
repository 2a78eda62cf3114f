"""A worker that takes nothing while tasks wait is ended; a working or idle one stays."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.worker_watchdog import CHECKS, StallDetector
from deployment import processes

ROOT = Path(__file__).resolve().parents[3]
PROBE = """
import os, pathlib
from config import worker_watchdog
from config.celery import app
from kombu.transport.redis import Channel

worker_watchdog.LOOK_EVERY_S = 0.1
if "DEAF" in os.environ:
    Channel._brpop_start = lambda self, timeout=None: None

@app.task(name="probe.touch", ignore_result=True)
def touch():
    pathlib.Path(os.environ["MARK"]).touch()
"""
SEND = "from config.celery import app; app.send_task('probe.touch', queue='probe')"
idle = {"waiting": 1, "held": 0, "taken": 3}


def test_tasks_that_wait_for_enough_checks_are_a_stall():
    stall = StallDetector(taken=3)
    assert [stall.check(**idle) for _ in range(CHECKS)] == [False] * (CHECKS - 1) + [True]


@given(
    st.integers(0, CHECKS - 1),
    st.sampled_from([{"waiting": 0}, {"held": 1}, {"taken": 4}]),
)
def test_an_idle_or_working_worker_is_not_stalled(before, sign):
    stall = StallDetector(taken=3)
    for _ in range(before):
        stall.check(**idle)
    after = idle | sign
    assert not stall.check(**after)
    again = idle | {"taken": after["taken"]}
    assert [stall.check(**again) for _ in range(CHECKS)] == [False] * (CHECKS - 1) + [True]


@pytest.fixture
def run(tmp_path, redis_server):
    """Start a program of this site with Redis as its broker; all are ended."""
    (tmp_path / "probe.py").write_text(PROBE)
    environment = {
        **os.environ,
        **processes.make_environment(ROOT, None),
        "REDIS_URL": redis_server.url,
    }
    environment["PYTHONPATH"] += os.pathsep + str(tmp_path)
    environment["MARK"] = str(tmp_path / "mark")
    started = []

    def start(*command, **more):
        with (tmp_path / "log").open("a") as log:
            process = subprocess.Popen(command, env=environment | more, stdout=log, stderr=log)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait(10)


def worker(run, **more):
    command = processes.make_worker({}, threads=1, queues="probe").command
    return run(*command, "--include", "probe", **more)


def test_a_worker_that_stopped_taking_ends_and_the_next_one_takes_it(run, tmp_path):
    assert run(sys.executable, "-c", SEND).wait(60) == 0
    deaf = worker(run, DEAF="1")
    assert deaf.wait(60) == os.EX_TEMPFAIL, (tmp_path / "log").read_text()
    assert "worker.stalled" in (tmp_path / "log").read_text()
    assert not (tmp_path / "mark").exists()
    well = worker(run)
    deadline = time.monotonic() + 60
    while not (tmp_path / "mark").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert (tmp_path / "mark").exists(), (tmp_path / "log").read_text()
    time.sleep(2)  # twenty checks
    assert well.poll() is None
