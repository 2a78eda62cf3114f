"""Wake-ups: hints to the worker that something fell due, never the truth (the due rows are).

Many calls within a moment become one task, sent from a thread of its own so that neither a request
nor the socket loop waits for the broker. A lost wake-up costs the time to the next sweep.
"""

from __future__ import annotations

import logging
from threading import Lock, Timer

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)
MOMENT_S = 0.05
EXPIRES_S = 5

_lock = Lock()
_waiting = False


def wake() -> None:
    """Ask the worker to drain what is due, soon and once."""
    global _waiting  # noqa: PLW0603 - one timer a process is the whole state
    with _lock:
        if _waiting:
            return
        _waiting = True
    timer = Timer(MOMENT_S, _send)
    timer.daemon = True
    timer.start()


def _send() -> None:
    global _waiting  # noqa: PLW0603
    with _lock:
        _waiting = False
    try:
        current_app.send_task("pipeline.tasks.process_due", queue="live", expires=EXPIRES_S)
    except OperationalError:
        logger.warning("pipeline.wake_lost")
