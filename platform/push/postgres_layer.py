"""A channel layer over LISTEN and NOTIFY: one listening connection per process, groups in memory.

A page in a group receives every later commit's hints while the connection lives. After an
interruption every open channel is asked to read again, because hints sent meanwhile are lost.
"""

from __future__ import annotations

import asyncio
import secrets
import weakref
from collections.abc import Mapping
from typing import Any

from channels.db import database_sync_to_async
from channels.layers import BaseChannelLayer
from django.db import connection

from push import message_format
from push.channel_groups import ChannelQueues
from push.listener import Listener


class NotifyLayer(BaseChannelLayer):
    """Channels' layer interface. Its state belongs to one event loop."""

    extensions = ["groups"]

    def __init__(self, capacity: int = 100) -> None:
        super().__init__(capacity=capacity)
        self.name = secrets.token_hex(6)
        self._loops: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Listener] = (
            weakref.WeakKeyDictionary()
        )

    async def new_channel(self, prefix: str = "specific.") -> str:
        return f"{prefix}{self.name}!{secrets.token_hex(8)}"

    async def receive(self, channel: str) -> dict[str, Any]:
        """Return the next message. A cancelled reader has left: its channel is closed."""
        listener = await self._start_listener()
        try:
            return await listener.boxes.take(channel)
        except asyncio.CancelledError:
            await self.forget(channel)
            raise

    async def forget(self, channel: str) -> None:
        """Close a channel that has no reader any more; repeating is harmless."""
        listener = self._loops.get(asyncio.get_running_loop())
        if listener is not None:
            listener.boxes.close(channel)
            listener.stop_if_idle()

    async def send(self, channel: str, message: Mapping[str, object]) -> None:
        self.require_valid_channel_name(channel)
        await self._send(channel, message)

    async def group_send(self, group: str, message: Mapping[str, object]) -> None:
        self.require_valid_group_name(group)
        await self._send(group, message)

    async def group_add(self, group: str, channel: str) -> None:
        self.require_valid_group_name(group)
        self.require_valid_channel_name(channel)
        listener = await self._start_listener()
        listener.boxes.join(group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        self.require_valid_group_name(group)
        listener = self._loops.get(asyncio.get_running_loop())
        if listener is not None:
            listener.boxes.leave(group, channel)

    async def _send(self, to: str, message: Mapping[str, object]) -> None:
        await database_sync_to_async(send_payloads)(message_format.pack(to, message))

    async def _start_listener(self) -> Listener:
        loop = asyncio.get_running_loop()
        listener = self._loops.get(loop)
        if listener is None:
            listener = self._loops[loop] = Listener(ChannelQueues(self.capacity))
        await listener.start()
        return listener


def send_payloads(*payloads: str) -> None:
    """Pass payloads to PostgreSQL, which delivers them when the transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) AS payload",
            [message_format.CHANNEL, list(payloads)],
        )
