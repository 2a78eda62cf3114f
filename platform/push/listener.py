"""The one LISTEN connection of an event loop, open while any channel listens."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

import psycopg
from django.db import connection as default_connection

from push import message_format
from push.channel_groups import ChannelQueues
from push.connection import finish_connecting

RECONNECT_S: Final = 0.5
READY_TIMEOUT_S: Final = 5.0
# All that libpq knows; the others are Django's and psycopg's own.
PARAMETERS: Final = frozenset(
    option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()
)
logger = logging.getLogger(__name__)


class Listener:
    """Fills the queues with the database's notifications. `reconnect_s`: pause between attempts."""

    def __init__(self, boxes: ChannelQueues, reconnect_s: float = RECONNECT_S) -> None:
        self.boxes = boxes
        self._reconnect_s = reconnect_s
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.connection: psycopg.AsyncConnection[Any] | None = None

    async def start(self) -> None:
        """Return when every later commit will be received.

        An unavailable database is waited for only briefly: pages are asked to read again when it
        returns.
        """
        if self._task is None or self._task.done():
            self._ready.clear()
            self._task = asyncio.create_task(self._run(), name="push listener")
        if not self._ready.is_set():
            try:
                await asyncio.wait_for(self._ready.wait(), READY_TIMEOUT_S)
            except TimeoutError:
                logger.warning("the database did not answer LISTEN within %s s", READY_TIMEOUT_S)

    def stop_if_idle(self) -> None:
        """Close the connection when no channel is left."""
        if self._task is not None and not len(self.boxes):
            self._task.cancel()
            self._task = None
            self._ready.clear()

    async def _run(self) -> None:
        first = True
        while True:
            try:
                await self._listen(first)
            except (psycopg.Error, OSError):
                logger.warning(
                    "the LISTEN connection broke; trying again in %s s", self._reconnect_s
                )
            except Exception:
                # An unreadable notification: pages read again, as after an interruption.
                logger.exception("push.listener_failed")
            first = False
            self._ready.clear()
            await asyncio.sleep(self._reconnect_s)

    async def _listen(self, first: bool) -> None:
        parameters = connection_parameters()
        connecting = psycopg.AsyncConnection.connect(**parameters, autocommit=True)
        async with await finish_connecting(connecting) as opened:
            self.connection = opened
            await opened.execute(f"LISTEN {message_format.CHANNEL}")
            self._ready.set()
            if not first:
                self.boxes.deliver_to_all(message_format.REREAD)
            async for notice in opened.notifies():
                self.boxes.deliver(*message_format.unpack(notice.payload))


def connection_parameters() -> dict[str, Any]:
    """Return those of the default database as it is now: in a test, of the test database."""
    every = default_connection.get_connection_params()
    return {name: value for name, value in every.items() if name in PARAMETERS and value}
