"""Programs of a host whose clock is wrong are given the wrong time, and sleep as long as before."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

import pytest

from tools.hosts.clock_shift import COMPILER, DIRECTIONS, ClockShift

SAID = (
    "import datetime, time; began = time.monotonic(); time.sleep(0.2);"
    "print(datetime.datetime.now().timestamp(), time.time(), time.monotonic() - began)"
)


@pytest.mark.parametrize("host", sorted(DIRECTIONS))
def test_a_wrong_clock_is_as_far_off_as_asked_and_sleeping_is_not_affected(host, tmp_path):
    if shutil.which(COMPILER) is None:
        pytest.skip("no C compiler")
    environment = {**os.environ, **ClockShift(tmp_path, 90).environment(host)}
    done = subprocess.run(
        [sys.executable, "-c", SAID], env=environment, capture_output=True, text=True, check=True
    )
    first, second, slept = map(float, done.stdout.split())
    assert first - time.time() == pytest.approx(90 * DIRECTIONS[host], abs=5)
    assert second - time.time() == pytest.approx(90 * DIRECTIONS[host], abs=5)
    assert 0.2 <= slept < 5


def test_the_other_hosts_clocks_are_right(tmp_path):
    assert ClockShift(tmp_path, 90).environment("web1") == {}
    assert ClockShift(tmp_path, 0).environment("web2") == {}
