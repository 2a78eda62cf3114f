"""Tests marked `timed` have limits in seconds and run alone: no other process of the run tests."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.plugins.postgres import FOLDER, is_worker

_here = threading.local()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    if not is_worker(item.config):
        return (yield)
    with turn(Path(os.environ[FOLDER]), alone=item.get_closest_marker("timed") is not None):
        return (yield)


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
