"""Ends a worker that no longer takes waiting tasks, so that its supervisor starts another.

With Redis, Celery's consumer can lose its broker while the process stays up and takes nothing
(celery#8030, #10205). Nothing is lost: tasks are hints, the due rows are the truth.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Any

from celery.worker import state

logger = logging.getLogger(__name__)
CHECK_INTERVAL_S = 5.0
CHECKS = 6


@dataclass(slots=True)
class StallDetector:
    """Counts checks in a row in which tasks waited while this worker held and took none.

    Checks are counted, not seconds: a process that was suspended for a minute is not stalled.
    """

    checks: int = 0
    taken: int = 0

    def check(self, *, waiting: int, held: int, taken: int) -> bool:
        """Return whether the worker is stalled.

        `waiting`: tasks in the queues; `held` by this worker; `taken` since it started.
        """
        if not waiting or held or taken != self.taken:
            self.checks, self.taken = 0, taken
            return False
        self.checks += 1
        return self.checks >= CHECKS


def watch_worker(app: Any, ended: Event, end: Callable[[int], object] = os._exit) -> None:
    """Check until `ended` is set; a stalled worker exits at once, as it has nothing to finish."""
    stall = StallDetector()
    while not ended.wait(CHECK_INTERVAL_S):
        held, taken = len(state.active_requests), state.all_total_count[0]
        if stall.check(waiting=count_waiting(app), held=held, taken=taken):
            logger.critical("worker.stalled", extra={"taken": taken})
            end(os.EX_TEMPFAIL)
            return


def count_waiting(app: Any) -> int:
    """Return the tasks in this worker's queues that no worker holds; 0 without a broker."""
    connection = app.connection_for_read()
    try:
        connection.connect()
        declare = connection.default_channel.queue_declare
        names = app.amqp.queues.consume_from
        return sum(declare(queue=name, passive=True).message_count for name in names)
    except (*connection.connection_errors, *connection.channel_errors):
        return 0
    finally:
        connection.release()
