"""Windows whose keys cannot be read now: others go on, and these fall due again."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from telemetry import windows
from telemetry.models import Window
from vault.errors import KeystoreBusy

logger = logging.getLogger(__name__)


def process_readable(
    claimed: Sequence[Window], process: Callable[[Sequence[Window]], None], now: datetime
) -> int:
    """Process Windows in halves where a key is busy; return how many were processed.

    Raises KeystoreBusy if none can be read.
    """
    try:
        process(claimed)
        return len(claimed)
    except KeystoreBusy:
        if len(claimed) == 1:
            postpone(claimed, now)
            raise
    done, half = 0, len(claimed) // 2
    for part in (claimed[:half], claimed[half:]):
        with suppress(KeystoreBusy):
            done += process_readable(part, process, now)
    if not done:
        raise KeystoreBusy("no Window can be read")
    return done


def postpone(rows: Sequence[Window], now: datetime) -> None:
    """Leave Windows until their lease ends; those whose time has passed are late or unseen."""
    logger.warning("windows.postponed", extra={"windows": len(rows)})
    windows.finish(
        [row for row in rows if row.state != "brought" and windows.is_late(row, now)], now
    )
