"""A cache of secrets that are dropped after a second, even without further calls (I-2).

Expiry at look-up would leave secrets in the memory of an idle process, so a timer clears as well.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

LIFE_S: Final = 1.0
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
_memories: weakref.WeakSet[ShortMemory[object, object]] = weakref.WeakSet()


class ShortMemory(Generic[K, V]):
    """Values by name, each until a reading of `clock`, at most LIFE_S seconds ahead."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._values: dict[K, tuple[V, float]] = {}
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        _memories.add(self)  # type: ignore[arg-type]  # a set of memories of any type

    def get(self, name: K) -> V | None:
        entry = self._values.get(name)
        return entry[0] if entry is not None and self.clock() < entry[1] else None

    def put(self, name: K, value: V, until: float) -> None:
        """Keep `value` until `until`, capped at LIFE_S from now."""
        until = min(until, self.clock() + LIFE_S)
        with self._lock:
            self._values[name] = (value, until)
            self._arm()

    def clear(self) -> None:
        with self._lock:
            self._values.clear()

    def purge(self) -> None:
        """Drop expired values."""
        now = self.clock()
        with self._lock:
            self._timer = None
            self._values = {name: entry for name, entry in self._values.items() if now < entry[1]}
            if self._values:
                self._arm()

    def __len__(self) -> int:
        return len(self._values)

    def _arm(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(LIFE_S, self.purge)
            self._timer.daemon = True
            self._timer.start()

    def _reset(self) -> None:
        self._values = {}
        self._lock = threading.Lock()
        self._timer = None


def forget_all() -> None:
    """Clear every cache of this process, before a destruction is reported as done."""
    for memory in list(_memories):
        memory.clear()


def _after_fork() -> None:
    # The parent's timers do not run in a child, and a lock may have been held.
    for memory in list(_memories):
        memory._reset()


os.register_at_fork(after_in_child=_after_fork)
