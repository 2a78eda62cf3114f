"""Tests marked `timed` have limits in seconds and run alone: no other process of the run tests.

They come first, and those that follow each other share one turn: before each turn the other
processes stand idle until the longest of their tests has ended.
"""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.plugins.postgres import FOLDER, is_worker

_here = threading.local()
# The turn of the test that runs, kept where the next one is timed too.
_turn = ExitStack()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    if not is_worker(item.config):
        return (yield)
    timed = is_timed(item)
    if getattr(_here, "room", None) is None:
        _turn.enter_context(turn(Path(os.environ[FOLDER]), alone=timed))
    try:
        return (yield)
    finally:
        if not (timed and nextitem is not None and is_timed(nextitem)):
            _turn.close()


def is_timed(item: pytest.Item) -> bool:
    return item.get_closest_marker("timed") is not None


@contextmanager
def turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """Wait until this test may run, and record where it is for `alone` to find."""
    with (folder / "room").open("w") as room:
        _enter(folder, room, alone=alone)
        outer, _here.room = getattr(_here, "room", None), room
        try:
            yield
        finally:
            _here.room = outer
            # A process forked by the test may keep the same file open for longer.
            fcntl.flock(room, fcntl.LOCK_UN)


@contextmanager
def alone() -> Iterator[None]:
    """Run alone for a part of a test; the marker `timed` is for a whole one."""
    room = getattr(_here, "room", None)
    if room is None:
        yield
        return
    folder = Path(room.name).parent
    fcntl.flock(room, fcntl.LOCK_UN)
    _enter(folder, room, alone=True)
    try:
        yield
    finally:
        fcntl.flock(room, fcntl.LOCK_UN)
        _enter(folder, room, alone=False)


def _enter(folder: Path, room: IO[str], *, alone: bool) -> None:
    """Wait in the entrance while a test waits to run alone.

    Those inside then leave one by one, and no other enters.
    """
    with (folder / "entrance").open("w") as entrance:
        fcntl.flock(entrance, fcntl.LOCK_EX)
        fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
