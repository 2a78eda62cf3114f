"""The texts of one socket, and what each does: a visit to the database of its own, but for course
events and self-reports, which are stored together with those of other pages."""

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
from realtime.blocks.ingest import EXAM_CODE, PAUSED, Leave, Say
from realtime.messages import event_batches
from realtime.messages.parser import (
    BadMessage,
    CourseEvent,
    Device,
    Guess,
    Outcome,
    Passed,
    Pause,
    Report,
)
from telemetry import sittings, windows
from telemetry.device_tokens import bearer_locks
from telemetry.device_tokens.bearer_locks import SignedOut
from telemetry.devices import devices
from telemetry.models import Sitting

logger = logging.getLogger(__name__)
# Course events and self-reports of one page that wait for their commit while its Blocks go on.
MOST_BESIDE = 8
TextMessage = CourseEvent | Report | Passed | Outcome | Device | Guess | Pause


class TextRoad:
    """The texts of one socket, each answered by an `ack` or an `error`. What is only kept waits for
    its commit beside the Blocks that follow it, and is stored even if the page has left by then; a
    pause holds for all that comes after it."""

    def __init__(self, sitting: Sitting, say: Say, leave: Leave, *, bearer: UUID) -> None:
        self.sitting, self.say, self.leave, self.bearer = sitting, say, leave, bearer
        self.beside: set[asyncio.Task[None]] = set()

    async def take(self, message: TextMessage) -> None:
        if not isinstance(message, event_batches.Said) or len(self.beside) >= MOST_BESIDE:
            await self._answer(message)
            return
        task = asyncio.create_task(self._answer_beside(message), name="told by a page")
        self.beside.add(task)
        task.add_done_callback(self.beside.discard)

    async def _answer_beside(self, message: TextMessage) -> None:
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
            acked = await _take(self.sitting, message, self.bearer, timezone.now())
        except BadMessage as error:
            await self.say(error_about(id, "bad_message", str(error)))
            return
        except SignedOut:
            await self.leave(NOT_SIGNED_IN)
            return
        except Refused as refused:
            if refused.could_not_check:
                await self.leave(BROKEN)
            else:
                await self.say(error_about(id, "no_grant", refused.why))
            return
        if acked is not None:
            await self.say({"type": "ack", "id": str(acked)})
        pipeline.wake()


def error_about(id: UUID | None, code: str, detail: str) -> dict[str, Any]:
    """What was wrong, and with which message, so that the page need not send it again."""
    about = {} if id is None else {"id": str(id)}
    return {"type": "error", "code": code, "detail": detail, **about}


async def _take(sitting: Sitting, message: TextMessage, bearer: UUID, now: datetime) -> UUID | None:
    """Do what the message says; the id to acknowledge, or None. Raises BadMessage, Refused,
    SignedOut."""
    try:
        if isinstance(message, event_batches.Said):
            return await event_batches.take(sitting, message, bearer)
        return await database_sync_to_async(_do)(sitting, message, bearer, now)
    except ValueError as error:
        raise BadMessage(str(error)) from error


@transaction.atomic
def _do(sitting: Sitting, message: TextMessage, bearer: UUID, now: datetime) -> UUID | None:
    bearer_locks.require(bearer)
    return ROADS[type(message)](sitting, message, now)


def _passed(sitting: Sitting, said: Passed, now: datetime) -> UUID:
    check_ins.passed(sitting, less=said.less)
    sittings.touch(sitting.id, now)
    return said.id


def _outcome(sitting: Sitting, said: Outcome, now: datetime) -> None:
    outcomes.record(said.code, said.outcome, sitting, now=now)


def _device(sitting: Sitting, said: Device, now: datetime) -> UUID:
    if said.stream not in STREAMS:
        raise BadMessage("expected a stream of ours")
    if sittings.senses_nothing(sitting, now):
        raise Refused("no_grant", EXAM_CODE)
    allowed = permit(sitting.learner.code, scope(said.stream, "adapt"), now=now)
    devices.store(sitting, said.id, said.backend, said.scale, said.t, allowed, now=now)
    return said.id


@transaction.atomic
def _guess(sitting: Sitting, said: Guess, now: datetime) -> UUID:
    """What the page guessed; told to it at once where its Window was worked off before it came."""
    if sitting.paused or sittings.senses_nothing(sitting, now):
        raise Refused("no_grant", PAUSED if sitting.paused else EXAM_CODE)
    if on_device_inference.told(sitting) is None:
        raise BadMessage("expected the Learner's choice to guess here")
    told = (said.cut, said.digest, said.probabilities, said.streams, said.unfamiliar, said.quality)
    made = on_device.store(sitting, on_device.Brought(*told), now=now)
    if made is not None and windows.is_done(sitting, said.cut):
        page_messages.deliver_estimates([(made, sitting)])
    return said.id


def _pause(sitting: Sitting, said: Pause, now: datetime) -> UUID | None:
    sittings.pause(sitting, said.paused)
    sittings.touch(sitting.id, now)
    return said.id


ROADS: dict[type[TextMessage], Callable[[Sitting, Any, datetime], UUID | None]] = {
    Passed: _passed,
    Outcome: _outcome,
    Device: _device,
    Guess: _guess,
    Pause: _pause,
}


async def page_message(kind: str, code: UUID, sitting: Sitting) -> dict[str, object] | None:
    """What the page of this Sitting may be shown for that code; None = nothing any more."""
    return await database_sync_to_async(page_messages.page_message)(kind, code, sitting)
