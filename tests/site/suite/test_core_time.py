"""A limit of processor time measures the work, whatever else the machine does meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from tests.fixtures import core_time
from tests.fixtures.core_time import ADDITIONS, REFERENCE_S, measure_core_time

BUSY = "while True: pass"


def add_up(times):
    total = 0
    for number in range(times * ADDITIONS):
        total += number


@pytest.fixture(params=[0, 2], ids=["beside nothing", "beside two busy programs"])
def _neighbours(request):
    busy = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(request.param)]
    yield
    for each in busy:
        each.kill()
        each.wait()


@pytest.mark.usefixtures("_neighbours")
def test_the_same_work_takes_the_same_time_under_load():
    with measure_core_time() as found:
        add_up(200)

    assert found.seconds <= 1.5 * 200 * REFERENCE_S


@pytest.mark.timed
def test_twice_the_work_takes_twice_the_time():
    figures = []
    for times in (300, 600):
        with measure_core_time() as found:
            add_up(times)
        figures.append(found.seconds)

    assert 1.4 < figures[1] / figures[0] < 2.8


def test_waiting_is_no_processor_time():
    with measure_core_time() as found:
        time.sleep(0.2)

    assert found.seconds < 0.05


def test_a_faster_core_has_the_same_limit(monkeypatch):
    monkeypatch.setattr(core_time, "REFERENCE_S", 100.0)
    with measure_core_time() as found:
        os.urandom(1)

    assert found.slowdown == 1
