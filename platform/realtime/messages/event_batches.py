"""Course events and self-reports of all sockets of a process, stored in one transaction.

None is acknowledged before its commit, and an invalid one affects no other. A report is stored
under its own Permit (I-1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from adaptation import check_ins
from consent.permits.errors import Refused
from consent.permits.gate import GateAnswers, permits_of_people
from estimates import self_reports
from realtime.batch_loader import batch_queries
from realtime.messages.parser import CourseEvent, ReportMessage
from telemetry import events, sittings
from telemetry.blocks.group_commit import NO_BEARER
from telemetry.device_tokens import bearer_locks
from telemetry.device_tokens.bearer_locks import SignedOut
from telemetry.events import BadEvent
from telemetry.models import Sitting

BatchedMessage = CourseEvent | ReportMessage


@dataclass(frozen=True, slots=True, eq=False)
class PageMessage:
    """One message of a page, with its Sitting."""

    sitting: Sitting
    message: BatchedMessage
    bearer: UUID = NO_BEARER


StoreProblem = ValueError | Refused | SignedOut
StoreResults = Mapping[PageMessage, StoreProblem | None]


async def store_message(
    sitting: Sitting, message: BatchedMessage, bearer: UUID = NO_BEARER
) -> UUID:
    """Store the message and return the id to acknowledge.

    Raises ValueError, Refused or SignedOut.
    """
    wrong = await _store_batched(PageMessage(sitting, message, bearer))
    if wrong is not None:
        raise wrong
    return message.id


def _store_batch(messages: Sequence[PageMessage]) -> StoreResults:
    """Store all messages at once; if a Sitting has been deleted, one by one."""
    try:
        return _store_together(messages)
    except IntegrityError:
        if len(messages) == 1:
            return {each: BadEvent("expected a Sitting that is open") for each in messages}
        return {each: fate for one in messages for each, fate in _store_batch([one]).items()}


@transaction.atomic
def _store_together(messages: Sequence[PageMessage]) -> StoreResults:
    """Store them in the order of their Sittings, so that two processes never deadlock."""
    now = timezone.now()
    ordered = sorted(messages, key=lambda each: (each.sitting.id, each.message.t))
    live = bearer_locks.hold({each.bearer for each in ordered})
    ended = {each: SignedOut() for each in ordered if each.bearer not in live}
    ordered = [each for each in ordered if each not in ended]
    fates: dict[PageMessage, StoreProblem | None] = {
        **ended,
        **_store_events(ordered, now),
        **_store_reports(ordered, now),
    }
    stored = [(each.sitting, each.message.t) for each in ordered if fates[each] is None]
    sittings.keep_alive(stored, now)
    return fates


def _store_events(messages: Sequence[PageMessage], now: datetime) -> StoreResults:
    of_each = {
        each: events.SittingEvent(
            each.sitting, event.id, event.t, event.name, event.value, event.ref
        )
        for each in messages
        if isinstance(event := each.message, CourseEvent)
    }
    return dict(zip(of_each, events.store_each([*of_each.values()], now), strict=True))


def _store_reports(messages: Sequence[PageMessage], now: datetime) -> StoreResults:
    of_each = {
        each: report for each in messages if isinstance(report := each.message, ReportMessage)
    }
    people = {each.sitting.learner.code for each in of_each}
    found = permits_of_people(people, ["course"], now=now) if people else {}
    fates: dict[PageMessage, ValueError | Refused | None] = {}
    for each, report in of_each.items():
        try:
            _store_report(each.sitting, report, found[each.sitting.learner.code], now)
        except (ValueError, Refused) as wrong:
            fates[each] = wrong
        else:
            fates[each] = None
    return fates


@transaction.atomic
def _store_report(
    sitting: Sitting, report: ReportMessage, answers: GateAnswers, now: datetime
) -> None:
    permit = answers.permit("course")
    if report.asked:
        check_ins.accept_answer(sitting, report.t)
    self_reports.store(
        sitting,
        report.id,
        report.t,
        report.label,
        permit,
        now=now,
        levels=report.levels,
        occasion="random" if report.asked else "own",
    )


_store_batched = batch_queries(_store_batch)
