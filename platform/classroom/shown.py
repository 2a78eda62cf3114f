"""Estimates on their way to the pages: read for all sockets of a process together, since a worker
makes those of many Learners at once and tells them at one commit."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from uuid import UUID
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async

from classroom.gathered import Gathered
from pipeline import delivery
from pipeline.delivery import Asked, Message
from telemetry.models import Sitting

_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Gathered[Asked, Message | None]]
_of_loop = WeakKeyDictionary()


async def estimate(code: UUID, sitting: Sitting) -> Message | None:
    """What the page of this Sitting is told of an Estimate; None = nothing any more."""
    loop = asyncio.get_running_loop()
    gathered = _of_loop.get(loop) or _of_loop.setdefault(loop, Gathered(_look))
    return await gathered.ask((code, sitting))


async def _look(asked: list[Asked]) -> Mapping[Asked, Message | None]:
    """Not in the one thread in which the messages of all pages are worked off."""
    read = database_sync_to_async(delivery.estimate_messages, thread_sensitive=False)
    return await read(asked)
