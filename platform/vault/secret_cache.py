"""A memory for secrets that forgets after a second, whether or not anyone asks again (I-2).

Expiry at look-up would leave the secrets of an idle process in its memory, so a timer clears too.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

LIFE: Final = 1.0
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
_memories: weakref.WeakSet[ShortMemory[object, object]] = weakref.WeakSet()


class ShortMemory(Generic[K, V]):
    """Values by name, each until a reading of `clock`, at most `LIFE` seconds ahead."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self._held: dict[K, tuple[V, float]] = {}
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        _memories.add(self)  # type: ignore[arg-type]  # a set of memories of any type

    def get(self, name: K) -> V | None:
        held = self._held.get(name)
        return held[0] if held is not None and self.clock() < held[1] else None

    def put(self, name: K, value: V, until: float) -> None:
        """Keep `value` until `until`; a time in the past or too far ahead is cut to fit."""
        until = min(until, self.clock() + LIFE)
        with self._lock:
            self._held[name] = (value, until)
            self._arm()

    def clear(self) -> None:
        with self._lock:
            self._held.clear()

    def purge(self) -> None:
        """Drop what is past its time."""
        now = self.clock()
        with self._lock:
            self._timer = None
            self._held = {name: held for name, held in self._held.items() if now < held[1]}
            if self._held:
                self._arm()

    def __len__(self) -> int:
        return len(self._held)

    def _arm(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(LIFE, self.purge)
            self._timer.daemon = True
            self._timer.start()

    def _start_anew(self) -> None:
        self._held = {}
        self._lock = threading.Lock()
        self._timer = None


def forget_all() -> None:
    """Clear every memory of this process: what a destruction does before it says done."""
    for memory in list(_memories):
        memory.clear()


def _after_fork() -> None:
    # The timers of the parent do not run in a child, and a lock may have been held.
    for memory in list(_memories):
        memory._start_anew()


os.register_at_fork(after_in_child=_after_fork)
