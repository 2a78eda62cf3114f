"""A timed test runs alone, and waiting tests run afterwards."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from tests import conftest
from tests.plugins import exclusive_run
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


class Item:
    """An item of pytest with these marks, in a worker of xdist."""

    config = SimpleNamespace(workerinput={})

    def __init__(self, *marks):
        self.marks = marks

    def get_closest_marker(self, name):
        return name if name in self.marks else None


def enter_and_leave(test, after):
    """Run the hook around a test that does nothing."""
    hook = exclusive_run.pytest_runtest_protocol(test, after)
    next(hook)
    with pytest.raises(StopIteration):
        hook.send(None)


@pytest.fixture
def own_turn(tmp_path, monkeypatch):
    """Leave the turn of the test that runs here as it is."""
    monkeypatch.setenv(exclusive_run.FOLDER, str(tmp_path))
    monkeypatch.setattr(exclusive_run, "_here", SimpleNamespace())
    monkeypatch.setattr(exclusive_run, "_turn", ExitStack())


def test_timed_tests_that_follow_each_other_share_one_turn(tmp_path, own_turn):
    timed, other = Item("timed"), Item()
    with ThreadPoolExecutor(1) as pool:
        enter_and_leave(timed, timed)
        beside = pool.submit(record_run, tmp_path, False)
        time.sleep(APART_S)
        began = time.monotonic()
        enter_and_leave(timed, other)
        left = time.monotonic()
        assert left - began < APART_S
        assert beside.result(10)[0] >= began


@pytest.mark.parametrize("after", [Item(), Item("timed"), None])
def test_a_test_that_is_not_timed_leaves_when_it_ends(tmp_path, own_turn, after):
    enter_and_leave(Item(), after)
    with ThreadPoolExecutor(1) as pool:
        pool.submit(record_run, tmp_path, True).result(10)


def test_timed_tests_come_first_and_then_those_with_a_browser():
    items = [Item(), Item("browser"), Item("timed"), Item("browser", "timed")]
    conftest.pytest_collection_modifyitems(items)
    assert [test.marks for test in items] == [("browser", "timed"), ("timed",), ("browser",), ()]
