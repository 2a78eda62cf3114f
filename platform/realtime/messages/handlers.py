"""The text messages of one socket and their handlers.

Each handler uses its own transaction, except that course events and self-reports are stored
together with those of other pages.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from django.db import transaction
from django.utils import timezone

import pipeline
from accounts.sessions.outages import log_outage, outage_errors
from adaptation import check_ins
from adaptation.offers import outcomes
from consent.permits.errors import Refused
from consent.permits.gate import permit
from consent.scopes import STREAMS, scope
from estimates.inference import on_device
from learner.consent import on_device_inference
from pipeline import page_messages
from push.close_codes import BROKEN, NOT_SIGNED_IN
from realtime.blocks.ingest import EXAM_CODE, PAUSED, CloseSocket, SendMessage
from realtime.messages import event_batches
from realtime.messages.parser import (
    BadMessage,
    CheckInPassed,
    CourseEvent,
    DeviceMessage,
    GuessMessage,
    OutcomeMessage,
    PauseMessage,
    ReportMessage,
)
from telemetry import sittings, windows
from telemetry.device_tokens import bearer_locks
from telemetry.device_tokens.bearer_locks import SignedOut
from telemetry.devices import devices
from telemetry.models import Sitting

logger = logging.getLogger(__name__)
# The most messages of one page that wait for their commit in the background.
MAX_BACKGROUND = 8
TextMessage = (
    CourseEvent
    | ReportMessage
    | CheckInPassed
    | OutcomeMessage
    | DeviceMessage
    | GuessMessage
    | PauseMessage
)


class TextHandler:
    """The text messages of one socket, each answered by an `ack` or an `error`.

    Course events and self-reports wait for their commit in the background, while Blocks go on. They
    are stored even if the page has left by then. A pause is in force for every message after it.
    """

    def __init__(
        self, sitting: Sitting, say: SendMessage, leave: CloseSocket, *, bearer: UUID
    ) -> None:
        self.sitting, self.say, self.leave, self.bearer = sitting, say, leave, bearer
        self.background: set[asyncio.Task[None]] = set()

    async def take(self, message: TextMessage) -> None:
        if (
            not isinstance(message, event_batches.BatchedMessage)
            or len(self.background) >= MAX_BACKGROUND
        ):
            await self._answer(message)
            return
        task = asyncio.create_task(self._answer_in_background(message), name="store a page message")
        self.background.add(task)
        task.add_done_callback(self.background.discard)

    async def _answer_in_background(self, message: TextMessage) -> None:
        try:
            await self._answer(message)
        except outage_errors() as error:
            log_outage(error)
            await self.leave(BROKEN)
        except Exception:
            logger.exception("socket.told_failed")
            await self.leave(BROKEN)

    async def _answer(self, message: TextMessage) -> None:
        id = getattr(message, "id", None)
        try:
            acked = await _handle(self.sitting, message, self.bearer, timezone.now())
        except BadMessage as error:
            await self.say(build_error(id, "bad_message", str(error)))
            return
        except SignedOut:
            await self.leave(NOT_SIGNED_IN)
            return
        except Refused as refused:
            if refused.could_not_check:
                await self.leave(BROKEN)
            else:
                await self.say(build_error(id, "no_grant", refused.why))
            return
        if acked is not None:
            await self.say({"type": "ack", "id": str(acked)})
        pipeline.wake()


def build_error(id: UUID | None, code: str, detail: str) -> dict[str, Any]:
    """Return an error naming the message, so that the page need not send it again."""
    about = {} if id is None else {"id": str(id)}
    return {"type": "error", "code": code, "detail": detail, **about}


async def _handle(
    sitting: Sitting, message: TextMessage, bearer: UUID, now: datetime
) -> UUID | None:
    """Handle the message; return the id to acknowledge, or None.

    Raises BadMessage, Refused or SignedOut.
    """
    try:
        if isinstance(message, event_batches.BatchedMessage):
            return await event_batches.store_message(sitting, message, bearer)
        return await database_sync_to_async(_handle_in_transaction)(sitting, message, bearer, now)
    except ValueError as error:
        raise BadMessage(str(error)) from error


@transaction.atomic
def _handle_in_transaction(
    sitting: Sitting, message: TextMessage, bearer: UUID, now: datetime
) -> UUID | None:
    bearer_locks.require(bearer)
    return HANDLERS[type(message)](sitting, message, now)


def _pass_check_in(sitting: Sitting, message: CheckInPassed, now: datetime) -> UUID:
    check_ins.dismiss(sitting, less=message.less)
    sittings.touch(sitting.id, now)
    return message.id


def _record_outcome(sitting: Sitting, message: OutcomeMessage, now: datetime) -> None:
    outcomes.record(message.code, message.outcome, sitting, now=now)


def _store_device(sitting: Sitting, message: DeviceMessage, now: datetime) -> UUID:
    if message.stream not in STREAMS:
        raise BadMessage("expected a stream of ours")
    if sittings.senses_nothing(sitting, now):
        raise Refused("no_grant", EXAM_CODE)
    allowed = permit(sitting.learner.code, scope(message.stream, "adapt"), now=now)
    devices.store(sitting, message.id, message.backend, message.scale, message.t, allowed, now=now)
    return message.id


@transaction.atomic
def _store_guess(sitting: Sitting, message: GuessMessage, now: datetime) -> UUID:
    """Store the page's estimate.

    If its Window was processed before, the result is sent at once.
    """
    if sitting.paused or sittings.senses_nothing(sitting, now):
        raise Refused("no_grant", PAUSED if sitting.paused else EXAM_CODE)
    if on_device_inference.describe_inference(sitting) is None:
        raise BadMessage("expected the Learner's choice to guess here")
    guess = on_device.DeviceGuess(
        message.cut,
        message.digest,
        message.probabilities,
        message.streams,
        message.unfamiliar,
        message.quality,
    )
    made = on_device.store(sitting, guess, now=now)
    if made is not None and windows.is_done(sitting, message.cut):
        page_messages.deliver_estimates([(made, sitting)])
    return message.id


def _set_pause(sitting: Sitting, message: PauseMessage, now: datetime) -> UUID | None:
    sittings.pause(sitting, message.paused)
    sittings.touch(sitting.id, now)
    return message.id


HANDLERS: dict[type[TextMessage], Callable[[Sitting, Any, datetime], UUID | None]] = {
    CheckInPassed: _pass_check_in,
    OutcomeMessage: _record_outcome,
    DeviceMessage: _store_device,
    GuessMessage: _store_guess,
    PauseMessage: _set_pause,
}


async def load_page_message(kind: str, code: UUID, sitting: Sitting) -> dict[str, object] | None:
    """Return the message behind a code for this Sitting's page; None if it is gone."""
    return await database_sync_to_async(page_messages.page_message)(kind, code, sitting)
