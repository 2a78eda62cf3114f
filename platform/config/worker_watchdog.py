"""A worker that no longer takes what waits for it ends, so that its supervisor starts another.

With Redis, Celery's consumer can lose its broker in a way that leaves the process up and taking
nothing (celery#8030, #10205). Nothing is lost with it: tasks are hints, the due rows are the truth.
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
LOOK_EVERY_S = 5.0
LOOKS = 6


@dataclass(slots=True)
class Stall:
    """How often running something waited while this worker held nothing and took nothing.

    Looks are counted and not seconds: a process that was stopped for a minute is not stalled.
    """

    looks: int = 0
    taken: int = 0

    def seen(self, *, waiting: int, held: int, taken: int) -> bool:
        """`waiting` tasks in the queues, `held` by this worker, `taken` since it began."""
        if not waiting or held or taken != self.taken:
            self.looks, self.taken = 0, taken
            return False
        self.looks += 1
        return self.looks >= LOOKS


def watch(app: Any, ended: Event, end: Callable[[int], object] = os._exit) -> None:
    """Look until `ended` is set; a stalled worker ends at once: it holds nothing to finish."""
    stall = Stall()
    while not ended.wait(LOOK_EVERY_S):
        held, taken = len(state.active_requests), state.all_total_count[0]
        if stall.seen(waiting=waiting(app), held=held, taken=taken):
            logger.critical("worker.stalled", extra={"taken": taken})
            end(os.EX_TEMPFAIL)
            return


def waiting(app: Any) -> int:
    """Tasks that nobody holds in the queues that this worker takes from; 0 of a broker away."""
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
