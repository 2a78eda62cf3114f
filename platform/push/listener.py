"""The one LISTEN connection of an event loop, kept alive while somebody listens."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

import psycopg
from django.db import connection as default_connection

from push import message_format
from push.channel_groups import Mailboxes
from push.connection import connected

RECONNECT_S: Final = 0.5
PATIENCE_S: Final = 5.0
PARAMETERS: Final = (
    "dbname",
    "user",
    "password",
    "host",
    "port",
    "service",
    "passfile",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
)
log = logging.getLogger(__name__)


class Listener:
    """Fills the boxes with what the database tells. `reconnect_s` is the pause before a new try."""

    def __init__(self, boxes: Mailboxes, reconnect_s: float = RECONNECT_S) -> None:
        self.boxes = boxes
        self._reconnect_s = reconnect_s
        self._ready = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.connection: psycopg.AsyncConnection[Any] | None = None

    async def start(self) -> None:
        """Return when the database tells us everything that is committed from now on.

        A database that is away is not waited for long: a page is told to read again on return.
        """
        if self._task is None or self._task.done():
            self._ready.clear()
            self._task = asyncio.create_task(self._run(), name="push listener")
        if not self._ready.is_set():
            try:
                await asyncio.wait_for(self._ready.wait(), PATIENCE_S)
            except TimeoutError:
                log.warning("the database did not answer LISTEN within %s s", PATIENCE_S)

    def stop_if_idle(self) -> None:
        """Give the connection back when the last channel is gone."""
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
                log.warning("the LISTEN connection broke; trying again in %s s", self._reconnect_s)
            except Exception:
                # A notice that cannot be read: the pages read again, as after an interruption.
                log.exception("push.listener_failed")
            first = False
            self._ready.clear()
            await asyncio.sleep(self._reconnect_s)

    async def _listen(self, first: bool) -> None:
        parameters = connection_parameters()
        connecting = psycopg.AsyncConnection.connect(**parameters, autocommit=True)
        async with await connected(connecting) as opened:
            self.connection = opened
            await opened.execute(f"LISTEN {message_format.CHANNEL}")
            self._ready.set()
            if not first:
                self.boxes.deliver_to_all(message_format.REREAD)
            async for notice in opened.notifies():
                self.boxes.deliver(*message_format.unpack(notice.payload))


def connection_parameters() -> dict[str, Any]:
    """Those of the default database as it is now: in a test, of the test database."""
    every = default_connection.get_connection_params()
    return {name: every[name] for name in PARAMETERS if every.get(name)}
