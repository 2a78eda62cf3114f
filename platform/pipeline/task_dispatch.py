"""Wake-ups: hints to the worker that a row fell due; the due rows themselves are the truth.

Calls within a moment are combined into one task. A separate thread sends it, so that neither a
request nor the socket loop waits for the broker. A lost wake-up costs the time to the next sweep.
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
    """Ask the worker to process due rows, soon and once."""
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
        # A broker that shuts down may raise anything; the wake-up is only a hint.
        logger.warning("pipeline.wake_lost", exc_info=True)
