"""A timed test runs with no other beside it, and those that wait for it run afterwards."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from tests.alone import turn

STAY_S, APART_S = 0.3, 0.1


def stay(folder, alone):
    """When it was inside; each holds open files of its own, as processes do."""
    with turn(folder, alone=alone):
        entered = time.monotonic()
        time.sleep(STAY_S)
        return entered, time.monotonic()


def run(folder, *alone):
    """What each stayed that wanted to be alone, or not, one asking after the other."""
    with ThreadPoolExecutor(len(alone)) as pool:
        asked = []
        for each in alone:
            asked.append(pool.submit(stay, folder, each))
            time.sleep(APART_S)
        return [each.result(10) for each in asked]


def test_tests_without_a_clock_run_beside_each_other(tmp_path):
    one, other = run(tmp_path, False, False)
    assert other[0] < one[1]


def test_nobody_is_beside_a_timed_test_and_who_comes_later_waits(tmp_path):
    before, timed, after = run(tmp_path, False, True, False)
    assert before[1] <= timed[0]
    assert timed[1] <= after[0]
