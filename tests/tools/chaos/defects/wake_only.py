"""A site with a defect: work is announced by a wake-up only, and no row records that it is due."""

from __future__ import annotations

import pipeline
from config.asgi import application
from telemetry import windows


async def only_wake_many(connection, alive):
    pipeline.wake()


def only_wake(alive, now):
    pipeline.wake()
    return 0


windows.fall_due_many, windows.fall_due_each = only_wake_many, only_wake
__all__ = ["application"]
