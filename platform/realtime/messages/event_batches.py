"""Course events and self-reports of all sockets of a process: what many pages tell in one moment is
stored by one transaction. None is acknowledged before its commit, and one that is wrong spoils no
other (I-1: a report is stored under its own Permit)."""

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
from realtime.batch_loader import visiting
from realtime.messages.parser import CourseEvent, Report
from telemetry import events, sittings
from telemetry.blocks.group_commit import NO_BEARER
from telemetry.device_tokens import bearer_locks
from telemetry.device_tokens.bearer_locks import SignedOut
from telemetry.events import BadEvent
from telemetry.models import Sitting

Said = CourseEvent | Report


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What one page told, and in which Sitting."""

    sitting: Sitting
    said: Said
    bearer: UUID = NO_BEARER


Wrong = ValueError | Refused | SignedOut
Fates = Mapping[Told, Wrong | None]


async def take(sitting: Sitting, said: Said, bearer: UUID = NO_BEARER) -> UUID:
    """Store it; the id to acknowledge. Raises ValueError, Refused, SignedOut."""
    wrong = await _fate(Told(sitting, said, bearer))
    if wrong is not None:
        raise wrong
    return said.id


def _store(told: Sequence[Told]) -> Fates:
    """All at once; where a Sitting is gone, each for itself."""
    try:
        return _together(told)
    except IntegrityError:
        if len(told) == 1:
            return {each: BadEvent("expected a Sitting that is open") for each in told}
        return {each: fate for one in told for each, fate in _store([one]).items()}


@transaction.atomic
def _together(told: Sequence[Told]) -> Fates:
    """In the order of their Sittings, so that two processes never wait for each other."""
    now = timezone.now()
    ordered = sorted(told, key=lambda each: (each.sitting.id, each.said.t))
    held = bearer_locks.hold({each.bearer for each in ordered})
    ended = {each: SignedOut() for each in ordered if each.bearer not in held}
    ordered = [each for each in ordered if each not in ended]
    fates: dict[Told, Wrong | None] = {**ended, **_events(ordered, now), **_reports(ordered, now)}
    kept = [(each.sitting, each.said.t) for each in ordered if fates[each] is None]
    sittings.keep_alive(kept, now)
    return fates


def _events(told: Sequence[Told], now: datetime) -> Fates:
    of_each = {
        each: events.Told(each.sitting, said.id, said.t, said.name, said.value, said.ref)
        for each in told
        if isinstance(said := each.said, CourseEvent)
    }
    return dict(zip(of_each, events.store_each([*of_each.values()], now), strict=True))


def _reports(told: Sequence[Told], now: datetime) -> Fates:
    of_each = {each: said for each in told if isinstance(said := each.said, Report)}
    people = {each.sitting.learner.code for each in of_each}
    found = permits_of_people(people, ["course"], now=now) if people else {}
    fates: dict[Told, ValueError | Refused | None] = {}
    for each, said in of_each.items():
        try:
            _report(each.sitting, said, found[each.sitting.learner.code], now)
        except (ValueError, Refused) as wrong:
            fates[each] = wrong
        else:
            fates[each] = None
    return fates


@transaction.atomic
def _report(sitting: Sitting, said: Report, answers: GateAnswers, now: datetime) -> None:
    permit = answers.permit("course")
    if said.asked:
        check_ins.answered(sitting, said.t)
    self_reports.store(
        sitting,
        said.id,
        said.t,
        said.label,
        permit,
        now=now,
        levels=said.levels,
        occasion="random" if said.asked else "own",
    )


_fate = visiting(_store)
