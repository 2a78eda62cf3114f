"""A reader in its own process: result, errors, progress, and how it ends."""

from __future__ import annotations

import multiprocessing
import os
import time

import pytest

from authoring.errors import BrokenPackage
from authoring.imports.read_package import SeveralCourses
from authoring.imports.worker import run_in_time_box
from authoring.translatable_message import message


def ignore(done, total):
    """Ignore the progress."""


def read_in_steps(name, tell):
    tell(1, 2)
    return name, os.getpid()


def read_broken(name, tell):
    what = message("expected {wanted}, found {count} lines", wanted="a question", count=2)
    raise BrokenPackage(name, message("line {line}", line=3), what)


def read_for_ever(*_arguments):
    while True:
        pass


def end_at_once(name, tell):
    os._exit(3)


def wait_long(name, tell):
    time.sleep(60)


def test_result_and_progress_come_from_another_process():
    heard = []
    name, process = run_in_time_box(
        read_in_steps,
        "a.gift",
        file="a.gift",
        tell=lambda *progress: heard.append(progress),
        cpu_s=20,
    )
    assert name == "a.gift"
    assert process != os.getpid()
    assert (1, 2) in heard


def test_broken_package_is_raised_in_the_caller():
    with pytest.raises(BrokenPackage) as caught:
        run_in_time_box(read_broken, "a.gift", file="a.gift", tell=ignore, cpu_s=20)
    assert str(caught.value) == "a.gift: line 3: expected a question, found 2 lines"
    assert caught.value.what.values == {"wanted": "a question", "count": 2}


def test_several_courses_is_raised_in_the_caller():
    ours, theirs = multiprocessing.Pipe()
    with ours, theirs:
        theirs.send(SeveralCourses(["a", "b"]))
        assert ours.recv().names == ["a", "b"]


def test_slow_reader_is_stopped_with_a_message():
    with pytest.raises(BrokenPackage, match=r"a\.gift: reading it takes longer than 2 s"):
        run_in_time_box(read_for_ever, "a.gift", file="a.gift", tell=ignore, cpu_s=2)


def test_crashed_reader_is_not_reported_as_broken_package():
    with pytest.raises(RuntimeError, match="ended with 3"):
        run_in_time_box(end_at_once, "a.gift", file="a.gift", tell=ignore, cpu_s=20)


def test_cancelling_ends_the_process():
    def give_up(done, total):
        raise TimeoutError

    began = time.monotonic()
    with pytest.raises(TimeoutError):
        run_in_time_box(wait_long, "a.gift", file="a.gift", tell=give_up, cpu_s=20)
    assert time.monotonic() - began < 30
