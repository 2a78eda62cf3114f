"""Wake-ups: hints to the worker that something fell due, never the truth (the due rows are).

Many calls within a moment become one task, sent from a thread of its own so that neither a request
nor the socket loop waits for the broker. A lost wake-up costs the time to the next sweep.
"""

from __future__ import annotations

import logging
from threading import Lock, Timer
from typing import Final

from celery import current_app

logger = logging.getLogger(__name__)
MOMENT_S = 0.05
EXPIRES_S = 5
PROCESS: Final = "pipeline.tasks.process_due"

_lock = Lock()
_waiting: set[str] = set()


def wake(task: str = PROCESS, *, queue: str = "live") -> None:
    """Ask the worker to drain what is due, soon and once."""
    with _lock:
        if task in _waiting:
            return
        _waiting.add(task)
    timer = Timer(MOMENT_S, _send, (task, queue))
    timer.daemon = True
    timer.start()


def _send(task: str, queue: str) -> None:
    with _lock:
        _waiting.discard(task)
    try:
        current_app.send_task(task, queue=queue, expires=EXPIRES_S)
    except Exception:
        # Whatever a broker that is just ending answers; it is a hint, and this thread's last word.
        logger.warning("pipeline.wake_lost", exc_info=True)
