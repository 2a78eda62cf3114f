"""Detect a database restored to a time before erasures; the site is closed until replay (I-12).

It is checked at the start and every few seconds; a check that fails counts as closed.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from typing import Final

from django.db import Error

from privacy.erasure import ledger
from vault.errors import KeystoreBusy, Tampered

logger = logging.getLogger(__name__)
OPEN_S: Final = 5.0
CLOSED_S: Final = 1.0
Count = Callable[[int], int]


def count_outstanding(limit: int) -> int:
    """Return how many erasures of the ledger this database has yet to repeat."""
    return len(ledger.outstanding(limit))


class RestoreWatch:
    """Caches the last check: the whole ledger at first, then only its newest entries."""

    def __init__(
        self, *, count: Count = count_outstanding, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._count = count
        self._clock = clock
        self._lock = threading.Lock()
        self._open = False
        self._until = 0.0

    def cached_answer(self) -> bool | None:
        """Return the cached answer; None if it is too old."""
        return self._open if self._clock() < self._until else None

    def is_open(self) -> bool:
        with self._lock:
            is_open = self.cached_answer()
            if is_open is None:
                is_open = self._open = self._ask()
                self._until = self._clock() + (OPEN_S if is_open else CLOSED_S)
            return is_open

    def _ask(self) -> bool:
        try:
            waiting = self._count(ledger.NEWEST if self._open else ledger.ALL)
        except (Error, sqlite3.Error, OSError, KeystoreBusy, Tampered) as error:
            logger.error("restored.cannot_ask: %s", type(error).__name__)
            return False
        if waiting:
            logger.error("restored.erasures_to_replay: %d", waiting)
        return not waiting
