"""What a socket hears, in turns: messages of its page, and hints from the channel layer.

Channels waits for both with a task each and starts one anew for every message, after a visit to a
thread of the database. At a message a second of thousands of pages that was most of the work; here
the page is heard by the socket's own task, and one task hears the hints. Still one at a time, but
for hints that have nothing to do with what a page sends: those need not wait for it.
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import nullcontext, suppress
from typing import Any

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)
BROKEN = 1011
encoded = json.JSONEncoder(separators=(",", ":")).encode


class TurnTaking(AsyncWebsocketConsumer):
    """A consumer whose `dispatch` runs for one message at a time, whoever sent it, and for hints
    that go beside the page's messages: those one at a time among the hints."""

    channel_layer: Any
    base_send: Any

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope, self.base_send = scope, send
        self.turn = asyncio.Lock()
        self.channel_layer = get_channel_layer(self.channel_layer_alias)
        self.channel_name = await self.channel_layer.new_channel()
        hints = asyncio.create_task(self._hear_hints(), name="hints of a socket")
        try:
            while await self._hear(receive):
                pass
        except StopConsumer:
            pass
        except Exception:
            logger.exception("socket.failed")
            await self._give_up()
        finally:
            hints.cancel()
            await asyncio.gather(hints, return_exceptions=True)
            # Ours is closed by the end of its reading; a hint may have been at work just then.
            await self.channel_layer.forget(self.channel_name)

    async def _hear(self, receive: Any) -> bool:
        """One message of the page; False after its farewell, whatever came of that."""
        message = await receive()
        async with self.turn:
            await self.dispatch(message)
        return bool(message["type"] != "websocket.disconnect")

    async def _give_up(self) -> None:
        """Nobody says farewell to a page whose message raised: what it holds is let go of here."""
        with suppress(Exception):
            await self.leave(BROKEN)
        await self.disconnect(BROKEN)

    async def _hear_hints(self) -> None:
        try:
            while True:
                message = await self.channel_layer.receive(self.channel_name)
                async with nullcontext() if self.goes_beside(message) else self.turn:
                    await self.dispatch(message)
        except Exception:
            logger.exception("socket.hint_failed")
            await self.leave(BROKEN)

    def goes_beside(self, hint: dict[str, Any]) -> bool:  # noqa: ARG002
        """Return whether it may be worked off while a message of the page is."""
        return False

    async def leave(self, code: int) -> None:
        await self.close(code)
