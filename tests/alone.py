"""A test marked `timed` holds the product to seconds of the clock, and has the machine to itself:
no other process of the same run tests anything meanwhile."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.server import FOLDER, is_worker


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    if not is_worker(item.config):
        return (yield)
    with turn(Path(os.environ[FOLDER]), alone=item.get_closest_marker("timed") is not None):
        return (yield)


@contextmanager
def turn(folder: Path, *, alone: bool) -> Iterator[None]:
    """Wait until this test may run. Who wants to be alone waits in the entrance, so that those who
    are inside come out one by one and nobody goes in."""
    with (folder / "room").open("w") as room:
        with (folder / "entrance").open("w") as entrance:
            fcntl.flock(entrance, fcntl.LOCK_EX)
            fcntl.flock(room, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        try:
            yield
        finally:
            # A process that the test forked may hold the same file open for longer.
            fcntl.flock(room, fcntl.LOCK_UN)
