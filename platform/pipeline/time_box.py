"""Reading in a process of its own, which ends when its time is over.

A thread cannot be stopped, and one that computes holds the interpreter's lock: a file that takes
minutes to read would delay every learner whose Windows the same worker estimates.
"""

from __future__ import annotations

import multiprocessing
import resource
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, Final, TypeVar

import django

Result = TypeVar("Result")
Tell = Callable[[int, int], None]
POLL_S: Final = 0.5


class TooSlow(Exception):
    """The time was over before the function returned."""


def run_in_time_box(read: Callable[..., Result], *arguments: Any, tell: Tell, cpu_s: int) -> Result:
    """Return `read(*arguments, tell)`, run in a process that may compute for `cpu_s` seconds.

    `read` is a function of a module and touches no database. Raises TooSlow. What `read` or `tell`
    raises is raised here, and ends the process.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_answer, args=(theirs, cpu_s), daemon=True)
    child.start()
    theirs.close()
    try:
        ours.send((read, arguments))
        kind, found = _receive_answer(ours, tell)
    except (EOFError, ConnectionError) as error:
        child.join()
        if child.exitcode == -signal.SIGXCPU:
            raise TooSlow(cpu_s) from error
        raise RuntimeError(f"a reader ended with {child.exitcode}") from error
    finally:
        child.kill()
        child.join()
        ours.close()
    if kind == "raised":
        raise found
    return found  # type: ignore[no-any-return]


def _receive_answer(ours: Connection, tell: Tell) -> tuple[str, Any]:
    """Return how the process ended, and with what. EOFError where it ended without an answer."""
    progress = (0, 0)
    while True:
        if ours.poll(POLL_S):
            kind, found = ours.recv()
            if kind != "progress":
                return kind, found
            progress = found
        tell(*progress)


def _answer(theirs: Connection, cpu_s: int) -> None:
    """Send what the function that comes first returns or raises; runs in the process.

    The function arrives after Django is set up, because its module may import models.
    """
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    django.setup()
    read, arguments = theirs.recv()
    try:
        answer = ("read", read(*arguments, lambda *progress: theirs.send(("progress", progress))))
    except Exception as error:  # noqa: BLE001 - it is raised again where the caller is
        answer = ("raised", error)
    theirs.send(answer)
