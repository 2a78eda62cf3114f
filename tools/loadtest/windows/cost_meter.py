"""Charges CPU time, PostgreSQL's CPU time and statements to the part of a drain that runs."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass, field
from functools import wraps
from operator import add, sub
from pathlib import Path
from typing import Any, Final
from unittest import mock

from django.db import connection

OTHER: Final = "other"


@dataclass(frozen=True, slots=True)
class MeteredCall:
    """A function that starts a part: where it is looked up, and which part it is.

    The part is a name, or a function of the call's arguments that returns one.
    """

    owner: Any
    name: str
    part: str | Callable[..., str]

    def find_part(self, *args: Any) -> str:
        return self.part if isinstance(self.part, str) else self.part(*args)


@dataclass(frozen=True, slots=True)
class CostCounters:
    """CPU of this thread and of its backend, wall time and statements: a reading, or a sum."""

    worker_s: float = 0.0
    postgres_s: float = 0.0
    wall_s: float = 0.0
    statements: int = 0

    def __add__(self, other: CostCounters) -> CostCounters:
        return CostCounters(*map(add, astuple(self), astuple(other)))

    def __sub__(self, other: CostCounters) -> CostCounters:
        return CostCounters(*map(sub, astuple(self), astuple(other)))


@dataclass(slots=True)
class CostMeter:
    """Costs by part, without those of the parts called within it."""

    backend: int
    costs: defaultdict[str, CostCounters] = field(default_factory=lambda: defaultdict(CostCounters))
    _statements: int = 0
    _part: str = OTHER
    _last: CostCounters = CostCounters()

    @contextmanager
    def running(self, calls: Iterable[MeteredCall]) -> Iterator[None]:
        """Meter these calls and every statement until the block ends."""
        with ExitStack() as stack:
            for call in calls:
                stack.enter_context(mock.patch.object(call.owner, call.name, self._meter(call)))
            stack.enter_context(connection.execute_wrapper(self._count_statement))
            self._last = self._read()
            yield
            self._switch_to(OTHER)

    def _meter(self, call: MeteredCall) -> Callable[..., Any]:
        run = getattr(call.owner, call.name)

        @wraps(run)
        def metered(*args: Any, **kwargs: Any) -> Any:
            caller = self._part
            self._switch_to(call.find_part(*args))
            try:
                return run(*args, **kwargs)
            finally:
                self._switch_to(caller)

        return metered

    def _switch_to(self, following: str) -> None:
        """Charge what was used since the last switch to the part that ran."""
        self.costs[self._part] += self._read() - self._last
        # Read again, so that reading is charged to no part.
        self._part, self._last = following, self._read()

    def _read(self) -> CostCounters:
        ran_ns = int(Path(f"/proc/{self.backend}/schedstat").read_bytes().split()[0])
        now = (time.thread_time(), ran_ns / 1e9, time.perf_counter())
        return CostCounters(*now, self._statements)

    def _count_statement(self, execute: Any, *arguments: Any) -> Any:
        self._statements += 1
        return execute(*arguments)


def find_backend() -> int:
    """Return the process of PostgreSQL that serves this thread's connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])
