"""Limits on request bodies while they arrive, before Django stores a byte of them.

Django reads a whole body, into a file if it is large, before it checks the sender. Here bytes and
time are counted on the way to it, whatever length was declared.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from channels.db import database_sync_to_async

from config.request_body import limits
from config.request_body.limits import BodyAllowance, BodyPool, NotSignedIn
from config.request_body.refusals import (
    BUSY,
    NOT_SIGNED_IN,
    REFUSAL,
    TOO_LARGE,
    TOO_MANY_UPLOADS,
    TOO_SLOW,
    RequestRefusal,
)

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
DISCONNECT: Final = {"type": "http.disconnect"}
NO_BODY: Final = {"type": "http.request", "body": b"", "more_body": False}
# After a refusal, further input is discarded for this long: closing with unread bytes would lose
# the response.
LINGER_S: Final = 2.0
LINGER_BYTES: Final = 16 * limits.MB
_allowance = database_sync_to_async(limits.find_allowance)


@dataclass(slots=True)
class BodyQuota:
    """The bytes of request bodies that this process holds now."""

    by_pool: Counter[BodyPool] = field(default_factory=Counter)
    by_person: Counter[tuple[BodyPool, int | None]] = field(default_factory=Counter)

    def add(self, pool: BodyPool, person: int | None, size: int) -> None:
        self.by_pool[pool] += size
        self.by_person[pool, person] += size
        if not self.by_person[pool, person]:
            del self.by_person[pool, person]

    def problem(self, pool: BodyPool, person: int | None) -> RequestRefusal | None:
        """Return the refusal for a used-up quota, or None."""
        if pool.of_person is not None and self.by_person[pool, person] > pool.of_person:
            return TOO_MANY_UPLOADS
        return BUSY if self.by_pool[pool] > pool.most else None


class BodyLimiter:
    """ASGI wrapper: passes counted bodies on, and refuses those that are too large or slow."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.arriving = BodyQuota()

    async def __call__(self, scope: Message, receive: Receive, send: Any) -> None:
        length = declared_length(scope)
        if length == 0:
            await self.application(scope, receive, send)
            return
        body = LimitedBody(scope, receive, self.arriving)
        try:
            if length is None or await body.may_grow_to(length):
                await self.application(scope, body.receive, send)
        finally:
            body.release()
        if body.refusal is not None:
            await self._refuse(scope, body, send)

    async def _refuse(self, scope: Message, body: LimitedBody, send: Any) -> None:
        """Let Django render the refusal, without the body; close once the sender can read it."""

        async def last_held_back(message: Message) -> None:
            ends = message["type"] == "http.response.body" and not message.get("more_body")
            await send({**message, "more_body": True} if ends else message)
            if ends:
                await body.discard_rest()
                await send({"type": "http.response.body", "body": b""})

        await self.application({**scope, REFUSAL: body.refusal}, _empty_receive(), last_held_back)


class LimitedBody:
    """The body of one request. Once `refusal` is set, its reader sees a disconnect."""

    def __init__(self, scope: Message, receive: Receive, arriving: BodyQuota) -> None:
        self._scope, self._receive, self._arriving = scope, receive, arriving
        self._began = asyncio.get_running_loop().time()
        self._allowance: BodyAllowance | None = None
        self._size, self._complete = 0, False
        self.refusal: RequestRefusal | None = None

    async def receive(self) -> Message:
        """Return the next message for the reader of this body."""
        if self._complete:
            return await self._receive()
        if self.refusal is not None:
            return DISCONNECT
        try:
            async with asyncio.timeout_at(self._deadline()):
                message = await self._receive()
        except TimeoutError:
            self.refusal = TOO_SLOW
            return DISCONNECT
        if message["type"] != "http.request":
            return message
        self._complete = not message.get("more_body", False)
        size = len(message.get("body", b""))
        if not await self.may_grow_to(self._size + size):
            return DISCONNECT
        self._count(size)
        return message if self._has_room() else DISCONNECT

    async def may_grow_to(self, size: int) -> bool:
        """Return whether the body may have this many bytes in total."""
        if size <= limits.DEFAULT_BYTES:
            return True
        if self._allowance is None:
            try:
                self._allowance = await _allowance(self._scope)
            except NotSignedIn:
                self.refusal = NOT_SIGNED_IN
                return False
            self._count_for_person()
        if size > self._allowance.most:
            self.refusal = TOO_LARGE
        return self.refusal is None

    def release(self) -> None:
        """Stop counting its bytes."""
        self._add(-self._size)
        self._size = 0

    async def discard_rest(self) -> None:
        """Read on for a short while and discard everything."""
        left = LINGER_BYTES
        try:
            async with asyncio.timeout(LINGER_S):
                while left > 0 and not self._complete:
                    message = await self._receive()
                    left -= len(message.get("body", b""))
                    self._complete = not message.get("more_body", False)
        except TimeoutError:
            return

    def _deadline(self) -> float:
        return self._began + limits.PATIENCE_S + self._size / limits.SLOWEST_BYTES_A_S

    def _count(self, size: int) -> None:
        self._size += size
        self._add(size)

    def _count_for_person(self) -> None:
        """Count the bytes so far for the person, now that the sender is known."""
        self._arriving.add(limits.MEMORY, None, -self._size)
        self._add(self._size)

    def _has_room(self) -> bool:
        if self._size > limits.SMALL_BYTES:
            self.refusal = self._arriving.problem(*self._account())
        return self.refusal is None

    def _add(self, size: int) -> None:
        self._arriving.add(*self._account(), size)

    def _account(self) -> tuple[BodyPool, int | None]:
        """Return the pool of the bytes, and the person who sends them."""
        if self._allowance is None:
            return limits.MEMORY, None
        return self._allowance.pool, self._allowance.person


def declared_length(scope: Message) -> int | None:
    """Return the declared length of the body: 0 for none, None if unknown."""
    if scope["type"] != "http":
        return 0
    length: int | None = 0
    for name, value in scope["headers"]:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":
            length = int(value) if value.isdigit() else None
    return length


def _empty_receive() -> Receive:
    """Return a `receive` for a request without a body, whose sender stays connected."""
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            await asyncio.Event().wait()
        sent = True
        return NO_BODY

    return receive
