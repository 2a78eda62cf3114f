"""Estimates on their way to the pages: read for all sockets of a process together, since a worker
makes those of many Learners at once and tells them at one commit."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from channels.db import database_sync_to_async

from classroom.gathered import Gathered
from pipeline import delivery
from pipeline.delivery import Asked, Message
from push.per_loop import PerLoop
from telemetry.models import Sitting


async def estimate(code: UUID, sitting: Sitting) -> Message | None:
    """What the page of this Sitting is told of an Estimate; None = nothing any more."""
    return await _of_loop.here().ask((code, sitting))


async def _look(asked: list[Asked]) -> Mapping[Asked, Message | None]:
    """Not in the one thread in which the messages of all pages are worked off."""
    read = database_sync_to_async(delivery.estimate_messages, thread_sensitive=False)
    return await read(asked)


_of_loop: PerLoop[Gathered[Asked, Message | None]] = PerLoop(lambda: Gathered(_look))
