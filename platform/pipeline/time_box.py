"""Run a reader in its own process, which is killed when its CPU time is used up.

A thread cannot be stopped, and a computing one holds the GIL. A file that takes minutes to read
would delay every learner whose Windows the same worker estimates.
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
    """The CPU time ran out before the function returned."""


def run_in_time_box(read: Callable[..., Result], *arguments: Any, tell: Tell, cpu_s: int) -> Result:
    """Return `read(*arguments, tell)`, run in a process limited to `cpu_s` CPU seconds.

    `read` is a module-level function that uses no database. Raises TooSlow, and whatever `read` or
    `tell` raises, which ends the process.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_run_child, args=(theirs, cpu_s), daemon=True)
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
    """Return how the process ended and its result. Raises EOFError if it sent none."""
    progress = (0, 0)
    while True:
        if ours.poll(POLL_S):
            kind, found = ours.recv()
            if kind != "progress":
                return kind, found
            progress = found
        tell(*progress)


def _run_child(theirs: Connection, cpu_s: int) -> None:
    """Receive a function, run it and send its result or exception; runs in the child process.

    The function arrives after Django is set up, because its module may import models.
    """
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s + 1))
    django.setup()
    read, arguments = theirs.recv()
    try:
        answer = ("read", read(*arguments, lambda *progress: theirs.send(("progress", progress))))
    except Exception as error:  # noqa: BLE001 - it is raised again in the parent
        answer = ("raised", error)
    theirs.send(answer)
