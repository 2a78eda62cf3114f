"""A timed test runs alone, and waiting tests run afterwards."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from tests.plugins.exclusive_run import alone, turn

STAY_S, APART_S = 0.3, 0.1


def stay(folder, timed):
    """Record when it ran; each opens its own files, as processes do."""
    with turn(folder, alone=timed):
        entered = time.monotonic()
        time.sleep(STAY_S)
        return entered, time.monotonic()


def stay_alone_for_a_part(folder, _):
    """Record when it was alone."""
    with turn(folder, alone=False):
        time.sleep(STAY_S)
        with alone():
            entered = time.monotonic()
            time.sleep(STAY_S)
            left = time.monotonic()
        time.sleep(STAY_S)
        return entered, left


def run(folder, *timed, what=stay):
    """Return the intervals of tests that want to be alone or not, started one after the other."""
    with ThreadPoolExecutor(len(timed)) as pool:
        asked = []
        for each in timed:
            asked.append(pool.submit(what, folder, each))
            time.sleep(APART_S)
        return [each.result(10) for each in asked]


def test_tests_without_a_clock_run_beside_each_other(tmp_path):
    one, other = run(tmp_path, False, False)
    assert other[0] < one[1]


def test_nobody_is_beside_a_timed_test_and_who_comes_later_waits(tmp_path):
    before, timed, after = run(tmp_path, False, True, False)
    assert before[1] <= timed[0]
    assert timed[1] <= after[0]


def test_two_that_want_a_part_alone_have_it_one_after_the_other(tmp_path):
    one, other = run(tmp_path, False, False, what=stay_alone_for_a_part)
    assert one[1] <= other[0]


def test_part_of_a_test_alone_waits_for_those_beside_it(tmp_path):
    with ThreadPoolExecutor(2) as pool:
        beside = pool.submit(stay, tmp_path, False)
        time.sleep(APART_S)
        part = pool.submit(stay_alone_for_a_part, tmp_path, False)
        time.sleep(APART_S)
        later = pool.submit(stay, tmp_path, True)
        entered, left = part.result(10)
    assert beside.result()[1] <= entered
    assert left <= later.result()[0] or later.result()[1] <= entered
