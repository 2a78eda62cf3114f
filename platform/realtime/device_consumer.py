"""The socket of a program beside the page: it sends the Streams its token names, and nothing else.

It opens with `Authorization: Bearer …`, which no browser lets a page set, so no Origin is asked.
Each half second token, Learner, Sitting and Grants are looked at once more: it closes within one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from django.utils import timezone

from accounts.sessions.outages import log_outage, outage_errors, run_cleanup
from consent.permits import gate
from consent.permits.gate import PERMIT_LIFETIME
from push.close_codes import BROKEN, NOT_SIGNED_IN
from realtime.blocks.ingest import DETAILS, BlockRoad, Lent
from realtime.consumers import NO_ACCESS, SittingConsumer
from realtime.messages.handlers import TextMessage
from realtime.messages.parser import BadMessage, Device
from telemetry import sittings
from telemetry.blocks.group_commit import Fate
from telemetry.device_tokens import device_tokens, stream_locks
from telemetry.device_tokens.stream_locks import Holding
from telemetry.models import DeviceToken

LOOK_S = 0.5
ENDED_WELL = 1000
AUTHORIZATION, BEARER = b"authorization", "bearer "
ONLY = "a device may say hello, say what it is, and send its Blocks"


def borne(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The text of the token; "" where there is none, or more than one."""
    found = [value.decode("latin-1") for name, value in headers if name.lower() == AUTHORIZATION]
    said = found[0] if len(found) == 1 else ""
    return said[len(BEARER) :].strip() if said.lower().startswith(BEARER) else ""


class DeviceConsumer(SittingConsumer):
    """One program of one Learner, in the Sitting that is open."""

    token: DeviceToken
    elsewhere: frozenset[str] = frozenset()
    look: asyncio.Task[None] | None = None

    async def _admit(self) -> int | None:
        code = self.scope["url_route"]["kwargs"]["sitting"]
        return await database_sync_to_async(self._find)(code, timezone.now())

    def _find(self, code: UUID, now: datetime) -> int | None:
        token = device_tokens.shown(borne(self.scope["headers"]), now=now)
        if token is None:
            return NOT_SIGNED_IN
        sitting = sittings.open_for(token.learner, code, now)
        if sitting is None or not good_for(token, now):
            return NO_ACCESS
        self.token, self.sitting = token, sitting
        return None

    async def connect(self) -> None:
        await super().connect()
        if not self.closing:
            self.look = asyncio.create_task(self._look_again(), name="device token")

    async def disconnect(self, code: int) -> None:
        if self.look is not None:
            self.look.cancel()
            await asyncio.gather(self.look, return_exceptions=True)
            self.look = None
        seated = self.seat is not None
        await super().disconnect(code)
        if seated and code == ENDED_WELL:
            let_go = database_sync_to_async(stream_locks.let_go)
            await run_cleanup(let_go(self.token, self.sitting, now=timezone.now()))

    def _watch_log_in(self) -> None:
        """A token has no log-in: `_look_again` looks at the token."""

    def _ends_with(self) -> str:
        return f"device.{self.token.id}"

    def _bearer(self) -> UUID:
        return self.token.id

    def _own(self) -> UUID:
        return self.token.id

    def _groups(self) -> tuple[str, str]:
        return f"device.{self.token.id}", f"learner.{self.sitting.learner.code}"

    async def _road(self) -> BlockRoad:
        """Holds its Streams first; a second later every page has seen that it does."""
        wanted = await database_sync_to_async(good_for)(self.token, timezone.now())
        since = timezone.now()
        hold = database_sync_to_async(stream_locks.hold)
        held = await hold(self.token, self.sitting, wanted, now=since)
        await asyncio.sleep(PERMIT_LIFETIME.total_seconds())
        crossed = await database_sync_to_async(self._crossed)(held, since)
        self.elsewhere = (frozenset(wanted) - held.streams) | crossed
        lent = Lent(wanted, self.elsewhere)
        return BlockRoad(self.sitting, self.say, self.leave, bearer=self._bearer(), lent=lent)

    def _crossed(self, held: Holding, since: datetime) -> frozenset[str]:
        """What a page began to send before it had seen: that stays the page's."""
        crossed = stream_locks.sent_since(self.sitting, held.new, since)
        stream_locks.give_up(self.token, self.sitting, crossed)
        return crossed

    def _besides(self) -> dict[str, Any]:
        return {**super()._besides(), "elsewhere": sorted(self.elsewhere)}

    async def _take_message(self, message: TextMessage) -> None:
        if not isinstance(message, Device):
            raise BadMessage(ONLY)
        if self.road.lent is None or message.stream not in self.road.lent.epochs:
            await self.say_error("no_grant", DETAILS[Fate.NO_GRANT], id=message.id)
            return
        await super()._take_message(message)

    async def _look_again(self) -> None:
        """Whatever goes wrong here, the socket does not stay open without it."""
        refused: int | None = BROKEN
        try:
            while (refused := await database_sync_to_async(self._refused)(timezone.now())) is None:
                await asyncio.sleep(LOOK_S)
        except outage_errors() as error:
            log_outage(error)
        finally:
            await self.leave(refused or BROKEN)

    def _refused(self, now: datetime) -> int | None:
        """Why it may stay no longer, or None; how the Sitting stands is taken over."""
        if not stream_locks.keep(self.token, now=now):
            return NOT_SIGNED_IN
        sitting = sittings.open_for(self.token.learner, self.sitting.id, now)
        if sitting is None or not good_for(self.token, now):
            return NO_ACCESS
        self.sitting.paused = sitting.paused
        return None

    async def intervention_show(self, message: Mapping[str, Any]) -> None:
        """Not for a device."""

    async def estimate_show(self, message: Mapping[str, Any]) -> None:
        """Not for a device."""

    async def check_in_show(self, message: Mapping[str, Any]) -> None:
        """Not for a device."""

    async def share_asked(self, message: Mapping[str, Any]) -> None:
        """Not for a device."""


def good_for(token: DeviceToken, now: datetime) -> dict[str, int]:
    """What this token may send now: its Streams, each with the epoch of the yes it stands on."""
    permits = gate.permits(token.learner.code, token.scopes, now=now).granted
    return device_tokens.good_for(token, permits.values())
