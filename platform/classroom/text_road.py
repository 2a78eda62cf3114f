"""What a text message of the socket does: each function is one visit to the database; course
events are stored together with those of other pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from django.db import transaction

from adaptation import checking_in
from adaptation.offers import outcomes
from classroom import course_events, guessing_here
from classroom.block_road import EXAM_CODE, PAUSED
from classroom.messages import (
    BadMessage,
    CourseEvent,
    Device,
    Guess,
    Outcome,
    Passed,
    Pause,
    Report,
)
from consent.gate import permit
from consent.refusal import Refused
from consent.scopes import STREAMS, scope
from estimates import here, reports
from pipeline import delivery
from telemetry import devices, sittings, windows
from telemetry.models import Sitting

TextMessage = CourseEvent | Report | Passed | Outcome | Device | Guess | Pause


async def take(sitting: Sitting, message: TextMessage, now: datetime) -> UUID | None:
    """Do what the message says; the id to acknowledge, or None. Raises BadMessage, Refused."""
    try:
        if isinstance(message, CourseEvent):
            return await course_events.take(sitting, message)
        return await database_sync_to_async(ROADS[type(message)])(sitting, message, now)
    except ValueError as error:
        raise BadMessage(str(error)) from error


@transaction.atomic
def _report(sitting: Sitting, said: Report, now: datetime) -> UUID:
    allowed = permit(sitting.learner.code, "course", now=now)
    if said.asked:
        checking_in.answered(sitting, said.t)
    occasion = "random" if said.asked else "own"
    told = (said.id, said.t, said.label)
    reports.store(sitting, *told, allowed, now=now, levels=said.levels, occasion=occasion)
    sittings.keep_alive(sitting, said.t, now)
    return said.id


def _passed(sitting: Sitting, said: Passed, now: datetime) -> UUID:
    checking_in.passed(sitting, less=said.less)
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
    if guessing_here.told(sitting) is None:
        raise BadMessage("expected the Learner's choice to guess here")
    told = (said.cut, said.digest, said.probabilities, said.streams, said.unfamiliar, said.quality)
    made = here.store(sitting, here.Brought(*told), now=now)
    if made is not None and windows.is_done(sitting, said.cut):
        delivery.deliver_estimates([(made, sitting)])
    return said.id


def _pause(sitting: Sitting, said: Pause, now: datetime) -> UUID | None:
    sittings.pause(sitting, said.paused)
    sittings.touch(sitting.id, now)
    return said.id


ROADS: dict[type[TextMessage], Callable[[Sitting, Any, datetime], UUID | None]] = {
    Report: _report,
    Passed: _passed,
    Outcome: _outcome,
    Device: _device,
    Guess: _guess,
    Pause: _pause,
}


async def page_message(kind: str, code: UUID, sitting: Sitting) -> dict[str, object] | None:
    """What the page of this Sitting may be shown for that code; None = nothing any more."""
    return await database_sync_to_async(delivery.page_message)(kind, code, sitting)
