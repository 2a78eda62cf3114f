"""The socket of an external program: it sends the Streams of its device token, and nothing else.

It opens with `Authorization: Bearer …`, which no browser lets a page set, so no Origin is checked.
Token, Learner, Sitting and Grants are checked again every half second.
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
from realtime.blocks.ingest import DETAILS, BlockIngest, TokenStreams
from realtime.consumers import NO_ACCESS, SittingConsumer
from realtime.messages.handlers import TextMessage
from realtime.messages.parser import BadMessage, DeviceMessage
from telemetry import sittings
from telemetry.blocks.group_commit import Fate
from telemetry.device_tokens import device_tokens, stream_locks
from telemetry.device_tokens.stream_locks import ReservedStreams
from telemetry.models import DeviceToken

CHECK_EVERY_S = 0.5
ENDED_WELL = 1000
AUTHORIZATION, BEARER = b"authorization", "bearer "
ALLOWED_MESSAGES = "a device may say hello, say what it is, and send its Blocks"


def read_token(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the token in the headers; "" if there is none, or more than one."""
    found = [value.decode("latin-1") for name, value in headers if name.lower() == AUTHORIZATION]
    value = found[0] if len(found) == 1 else ""
    return value[len(BEARER) :].strip() if value.lower().startswith(BEARER) else ""


class DeviceConsumer(SittingConsumer):
    """One program of one Learner, in the Sitting that is open."""

    token: DeviceToken
    elsewhere: frozenset[str] = frozenset()
    token_check: asyncio.Task[None] | None = None

    async def _admit(self) -> int | None:
        code = self.scope["url_route"]["kwargs"]["sitting"]
        return await database_sync_to_async(self._find)(code, timezone.now())

    def _find(self, code: UUID, now: datetime) -> int | None:
        token = device_tokens.find_token(read_token(self.scope["headers"]), now=now)
        if token is None:
            return NOT_SIGNED_IN
        sitting = sittings.open_for(token.learner, code, now)
        if sitting is None or not granted_epochs(token, now):
            return NO_ACCESS
        self.token, self.sitting = token, sitting
        return None

    async def connect(self) -> None:
        await super().connect()
        if not self.closing:
            self.token_check = asyncio.create_task(self._check_token(), name="device token")

    async def disconnect(self, code: int) -> None:
        if self.token_check is not None:
            self.token_check.cancel()
            await asyncio.gather(self.token_check, return_exceptions=True)
            self.token_check = None
        seated = self.seat is not None
        await super().disconnect(code)
        if seated and code == ENDED_WELL:
            release = database_sync_to_async(stream_locks.release_all)
            await run_cleanup(release(self.token, self.sitting, now=timezone.now()))

    def _watch_log_in(self) -> None:
        """Do nothing: a token has no session, and `_check_token` checks the token."""

    def _end_group(self) -> str:
        return f"device.{self.token.id}"

    def _bearer(self) -> UUID:
        return self.token.id

    def _seat_key(self) -> UUID:
        return self.token.id

    def _groups(self) -> tuple[str, str]:
        return f"device.{self.token.id}", f"learner.{self.sitting.learner.code}"

    async def _make_ingest(self) -> BlockIngest:
        """Reserve the streams, and wait a second until every page has seen that."""
        wanted = await database_sync_to_async(granted_epochs)(self.token, timezone.now())
        since = timezone.now()
        hold = database_sync_to_async(stream_locks.hold_streams)
        reserved = await hold(self.token, self.sitting, wanted, now=since)
        await asyncio.sleep(PERMIT_LIFETIME.total_seconds())
        crossed = await database_sync_to_async(self._release_crossed)(reserved, since)
        self.elsewhere = (frozenset(wanted) - reserved.streams) | crossed
        token_streams = TokenStreams(wanted, self.elsewhere)
        return BlockIngest(
            self.sitting, self.say, self.leave, bearer=self._bearer(), token_streams=token_streams
        )

    def _release_crossed(self, reserved: ReservedStreams, since: datetime) -> frozenset[str]:
        """Return and release the streams that a page began to send before it saw that."""
        crossed = stream_locks.sent_since(self.sitting, reserved.new, since)
        stream_locks.release_streams(self.token, self.sitting, crossed)
        return crossed

    def _welcome_extras(self) -> dict[str, Any]:
        return {**super()._welcome_extras(), "elsewhere": sorted(self.elsewhere)}

    async def _take_message(self, message: TextMessage) -> None:
        if not isinstance(message, DeviceMessage):
            raise BadMessage(ALLOWED_MESSAGES)
        if (
            self.ingest.token_streams is None
            or message.stream not in self.ingest.token_streams.epochs
        ):
            await self.say_error("no_grant", DETAILS[Fate.NO_GRANT], id=message.id)
            return
        await super()._take_message(message)

    async def _check_token(self) -> None:
        """Check the token every half second. On any failure the socket closes."""
        refused: int | None = BROKEN
        try:
            while (
                refused := await database_sync_to_async(self._find_refusal)(timezone.now())
            ) is None:
                await asyncio.sleep(CHECK_EVERY_S)
        except outage_errors() as error:
            log_outage(error)
        finally:
            await self.leave(refused or BROKEN)

    def _find_refusal(self, now: datetime) -> int | None:
        """Return the close code if the socket may not stay, else None.

        It also copies the Sitting's `paused` state.
        """
        if not stream_locks.keep_alive(self.token, now=now):
            return NOT_SIGNED_IN
        sitting = sittings.open_for(self.token.learner, self.sitting.id, now)
        if sitting is None or not granted_epochs(self.token, now):
            return NO_ACCESS
        self.sitting.paused = sitting.paused
        return None

    async def intervention_show(self, message: Mapping[str, Any]) -> None:
        """Ignore the hint: it is not for a device."""

    async def estimate_show(self, message: Mapping[str, Any]) -> None:
        """Ignore the hint: it is not for a device."""

    async def check_in_show(self, message: Mapping[str, Any]) -> None:
        """Ignore the hint: it is not for a device."""

    async def share_asked(self, message: Mapping[str, Any]) -> None:
        """Ignore the hint: it is not for a device."""

    async def pair_changed(self, message: Mapping[str, Any]) -> None:
        """Ignore the hint: it is not for a device."""

    async def message_sent(self, message: Mapping[str, Any]) -> None:
        """Ignore the hint: it is not for a device."""


def granted_epochs(token: DeviceToken, now: datetime) -> dict[str, int]:
    """Return the Streams that this token may send now, each with the epoch of its Grant."""
    permits = gate.permits(token.learner.code, token.scopes, now=now).granted
    return device_tokens.valid_epochs(token, permits.values())
