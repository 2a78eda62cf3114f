"""Charges CPU time, PostgreSQL's CPU time and statements to the part of a drain that runs."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, Final
from unittest import mock

from django.db import connection

OTHER: Final = "other"
# A call of `owner.name` belongs to the part that this returns for its arguments.
PartOf = Callable[..., str]


@dataclass(frozen=True, slots=True)
class MeteredCall:
    """A function that starts a part: where it is looked up, and which part it is."""

    owner: Any
    name: str
    part: PartOf


@dataclass(slots=True)
class PartCost:
    """Sums of one part."""

    worker_s: float = 0.0
    postgres_s: float = 0.0
    wall_s: float = 0.0
    statements: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """Counters at one moment."""

    worker_s: float
    postgres_s: float
    wall_s: float
    statements: int


@dataclass(slots=True)
class CostMeter:
    """Costs by part, without those of the parts called within it."""

    backend: int
    costs: defaultdict[str, PartCost] = field(default_factory=lambda: defaultdict(PartCost))
    statements: int = 0
    _part: str = OTHER
    _last: Reading | None = None

    @contextmanager
    def running(self, calls: Mapping[str, MeteredCall]) -> Iterator[None]:
        """Meter these calls and every statement until the block ends."""
        with ExitStack() as stack:
            for call in calls.values():
                stack.enter_context(mock.patch.object(call.owner, call.name, self._meter(call)))
            stack.enter_context(connection.execute_wrapper(self._count_statement))
            self._last = self._read()
            yield
            self._charge(self._part)

    def _meter(self, call: MeteredCall) -> Callable[..., Any]:
        run = getattr(call.owner, call.name)

        @wraps(run)
        def metered(*args: Any, **kwargs: Any) -> Any:
            caller = self._part
            self._charge(call.part(*args, **kwargs))
            try:
                return run(*args, **kwargs)
            finally:
                self._charge(caller)

        return metered

    def _charge(self, following: str) -> None:
        """Charge the time since the last reading to the part that ran; go on with `following`."""
        now, last, cost = self._read(), self._last, self.costs[self._part]
        if last is not None:
            cost.worker_s += now.worker_s - last.worker_s
            cost.postgres_s += now.postgres_s - last.postgres_s
            cost.wall_s += now.wall_s - last.wall_s
            cost.statements += now.statements - last.statements
        self._part, self._last = following, self._read()

    def _read(self) -> Reading:
        ran_ns = int(Path(f"/proc/{self.backend}/schedstat").read_bytes().split()[0])
        return Reading(time.thread_time(), ran_ns / 1e9, time.perf_counter(), self.statements)

    def _count_statement(self, execute: Any, *arguments: Any) -> Any:
        self.statements += 1
        return execute(*arguments)


def find_backend() -> int:
    """Return the process of PostgreSQL that serves this thread's connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])
