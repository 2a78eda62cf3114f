"""A WebSocket consumer that handles page messages and channel-layer hints in turn.

Channels starts two tasks per message and visits a database thread each time. With a message a
second from thousands of pages, that was most of the work. Here the socket's own task reads the
page, and one task reads the hints. Handling stays sequential, except for hints that are independent
of page messages: those need not wait.
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

from push.close_codes import BROKEN

logger = logging.getLogger(__name__)
encode_json = json.JSONEncoder(separators=(",", ":")).encode


class SequentialConsumer(AsyncWebsocketConsumer):
    """A consumer that dispatches one message at a time, from whatever source.

    Hints for which `goes_beside` is true run in parallel with page messages, one at a time.
    """

    channel_layer: Any
    base_send: Any

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope, self.base_send = scope, send
        self.turn = asyncio.Lock()
        self.channel_layer = get_channel_layer(self.channel_layer_alias)
        self.channel_name = await self.channel_layer.new_channel()
        hints = asyncio.create_task(self._read_hints(), name="hints of a socket")
        try:
            while await self._read_page(receive):
                pass
        except StopConsumer:
            pass
        except Exception:
            logger.exception("socket.failed")
            await self._release()
        finally:
            hints.cancel()
            await asyncio.gather(hints, return_exceptions=True)
            # Reading ends its own channel; a hint may have been in progress just then.
            await self.channel_layer.forget(self.channel_name)

    async def _read_page(self, receive: Any) -> bool:
        """Handle one message of the page; return False after its disconnect."""
        message = await receive()
        async with self.turn:
            await self.dispatch(message)
        return bool(message["type"] != "websocket.disconnect")

    async def _release(self) -> None:
        """Release the socket's resources: after an unhandled error no disconnect event arrives."""
        with suppress(Exception):
            await self.leave(BROKEN)
        await self.disconnect(BROKEN)

    async def _read_hints(self) -> None:
        try:
            while True:
                message = await self.channel_layer.receive(self.channel_name)
                async with nullcontext() if self.goes_beside(message) else self.turn:
                    await self.dispatch(message)
        except Exception:
            logger.exception("socket.hint_failed")
            await self.leave(BROKEN)

    def goes_beside(self, hint: dict[str, Any]) -> bool:  # noqa: ARG002
        """Return whether this hint may be handled in parallel with a page message."""
        return False

    async def leave(self, code: int) -> None:
        await self.close(code)
