"""A timed test runs alone, and waiting tests run afterwards."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from tests.plugins.exclusive_run import alone, turn

STAY_S, APART_S = 0.3, 0.1


def record_run(folder, timed):
    """Record when it ran; each opens its own files, as processes do."""
    with turn(folder, alone=timed):
        entered = time.monotonic()
        time.sleep(STAY_S)
        return entered, time.monotonic()


def record_exclusive_part(folder, _):
    """Record when it was alone."""
    with turn(folder, alone=False):
        time.sleep(STAY_S)
        with alone():
            entered = time.monotonic()
            time.sleep(STAY_S)
            left = time.monotonic()
        time.sleep(STAY_S)
        return entered, left


def run(folder, *timed, what=record_run):
    """Return the intervals of tests that want to be alone or not, started one after the other."""
    with ThreadPoolExecutor(len(timed)) as pool:
        asked = []
        for each in timed:
            asked.append(pool.submit(what, folder, each))
            time.sleep(APART_S)
        return [each.result(10) for each in asked]


def test_untimed_tests_run_in_parallel(tmp_path):
    one, other = run(tmp_path, False, False)
    assert other[0] < one[1]


def test_a_timed_test_runs_alone_and_others_wait(tmp_path):
    before, timed, after = run(tmp_path, False, True, False)
    assert before[1] <= timed[0]
    assert timed[1] <= after[0]


def test_two_exclusive_parts_run_one_after_the_other(tmp_path):
    one, other = run(tmp_path, False, False, what=record_exclusive_part)
    assert one[1] <= other[0]


def test_an_exclusive_part_waits_for_parallel_tests(tmp_path):
    with ThreadPoolExecutor(2) as pool:
        beside = pool.submit(record_run, tmp_path, False)
        time.sleep(APART_S)
        part = pool.submit(record_exclusive_part, tmp_path, False)
        time.sleep(APART_S)
        later = pool.submit(record_run, tmp_path, True)
        entered, left = part.result(10)
    assert beside.result()[1] <= entered
    assert left <= later.result()[0] or later.result()[1] <= entered
