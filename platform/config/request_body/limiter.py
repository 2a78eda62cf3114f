"""Limits on the bodies of requests while they come in, before Django stores a byte of them.

Django reads a whole body, to a file where it is large, before it asks who sent it. Here the bytes
are counted on their way to it, whatever length was declared, and so is the time that they take.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

from channels.db import database_sync_to_async

from config.request_body import limits
from config.request_body.limits import Allowance, NotSignedIn
from config.request_body.refusals import (
    BUSY,
    NOT_SIGNED_IN,
    REFUSAL,
    TOO_LARGE,
    TOO_MANY_UPLOADS,
    TOO_SLOW,
    Refusal,
)

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
GONE: Final = {"type": "http.disconnect"}
NO_BODY: Final = {"type": "http.request", "body": b"", "more_body": False}
# What a sender still sends after a refusal is thrown away for so long, for a connection that is
# closed with bytes unread loses the answer.
LINGER_S: Final = 2.0
LINGER_BYTES: Final = 16 * limits.MB
_allowance = database_sync_to_async(limits.allowance)


@dataclass(slots=True)
class Arriving:
    """How many bytes of bodies this process holds now."""

    in_memory: int = 0
    on_disk: int = 0
    by_person: Counter[int] = field(default_factory=Counter)

    def add(self, person: int | None, size: int) -> None:
        if person is None:
            self.in_memory += size
            return
        self.on_disk += size
        self.by_person[person] += size
        if not self.by_person[person]:
            del self.by_person[person]

    def problem(self, person: int | None) -> Refusal | None:
        """The quota that is used up, if one is."""
        if person is None:
            return BUSY if self.in_memory > limits.MOST_IN_MEMORY else None
        if self.by_person[person] > limits.MOST_OF_A_PERSON:
            return TOO_MANY_UPLOADS
        return BUSY if self.on_disk > limits.MOST_ON_DISK else None


class LimitedBodies:
    """Passes a request on with a body that is counted, and answers in its place where that is too
    large or too slow."""

    def __init__(self, application: Any) -> None:
        self.application = application
        self.arriving = Arriving()

    async def __call__(self, scope: Message, receive: Receive, send: Any) -> None:
        length = declared_length(scope)
        if length == 0:
            await self.application(scope, receive, send)
            return
        body = Body(scope, receive, self.arriving)
        try:
            if length is None or await body.may_have(length):
                await self.application(scope, body.receive, send)
        finally:
            body.release()
        if body.refusal is not None:
            await self._refuse(scope, body, send)

    async def _refuse(self, scope: Message, body: Body, send: Any) -> None:
        """Let Django make the page, without the body; then close, once the sender can read it."""

        async def last_held_back(message: Message) -> None:
            ends = message["type"] == "http.response.body" and not message.get("more_body")
            await send({**message, "more_body": True} if ends else message)
            if ends:
                await body.throw_away()
                await send({"type": "http.response.body", "body": b""})

        await self.application({**scope, REFUSAL: body.refusal}, _nothing(), last_held_back)


class Body:
    """The body of one request. `refusal` is set once it is refused; its reader then sees the
    sender gone."""

    def __init__(self, scope: Message, receive: Receive, arriving: Arriving) -> None:
        self._scope, self._receive, self._arriving = scope, receive, arriving
        self._began = asyncio.get_running_loop().time()
        self._allowance: Allowance | None = None
        self._size, self._complete = 0, False
        self.refusal: Refusal | None = None

    async def receive(self) -> Message:
        """The next message for the reader of this body."""
        if self._complete:
            return await self._receive()
        if self.refusal is not None:
            return GONE
        try:
            async with asyncio.timeout_at(self._deadline()):
                message = await self._receive()
        except TimeoutError:
            self.refusal = TOO_SLOW
            return GONE
        if message["type"] != "http.request":
            return message
        self._complete = not message.get("more_body", False)
        size = len(message.get("body", b""))
        if not await self.may_have(self._size + size):
            return GONE
        self._hold(size)
        return message if self._has_room() else GONE

    async def may_have(self, size: int) -> bool:
        """Return whether the body may have this many bytes in all."""
        if size <= limits.USUAL:
            return True
        if self._allowance is None:
            try:
                self._allowance = await _allowance(self._scope)
            except NotSignedIn:
                self.refusal = NOT_SIGNED_IN
                return False
            self._move()
        if size > self._allowance.most:
            self.refusal = TOO_LARGE
        return self.refusal is None

    def release(self) -> None:
        """Its bytes are no longer held."""
        self._arriving.add(self._person, -self._size)
        self._size = 0

    async def throw_away(self) -> None:
        """Read on for a short while, and keep nothing of it."""
        left = LINGER_BYTES
        try:
            async with asyncio.timeout(LINGER_S):
                while left > 0 and not self._complete:
                    message = await self._receive()
                    left -= len(message.get("body", b""))
                    self._complete = not message.get("more_body", False)
        except TimeoutError:
            return

    @property
    def _person(self) -> int | None:
        return self._allowance.person if self._allowance else None

    def _deadline(self) -> float:
        return self._began + limits.PATIENCE_S + self._size / limits.SLOWEST_BYTES_A_S

    def _hold(self, size: int) -> None:
        self._size += size
        self._arriving.add(self._person, size)

    def _move(self) -> None:
        """What came so far counts for the person, now that it is known who sends it."""
        self._arriving.add(None, -self._size)
        self._arriving.add(self._person, self._size)

    def _has_room(self) -> bool:
        if self._size > limits.SMALL:
            self.refusal = self._arriving.problem(self._person)
        return self.refusal is None


def declared_length(scope: Message) -> int | None:
    """How many bytes of a body are to come: 0 for none, None where nothing says how many."""
    if scope["type"] != "http":
        return 0
    length: int | None = 0
    for name, value in scope["headers"]:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":
            length = int(value) if value.isdigit() else None
    return length


def _nothing() -> Receive:
    """A request without a body, whose sender stays."""
    sent = False

    async def receive() -> Message:
        nonlocal sent
        if sent:
            await asyncio.Event().wait()
        sent = True
        return NO_BODY

    return receive
