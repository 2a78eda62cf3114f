"""What a Teacher must not learn about one Learner, as rows: each bit written either way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final, Protocol
from uuid import uuid4

from accounts.models import User
from consent.permits import gate, restrictions
from consent.scopes import ADAPT_SCOPES
from emotion.windows import Window as Cut
from estimates import self_reports
from estimates.inference import affect
from estimates.inference.affect import Guess, SensedWindow
from privacy.erasure import erasure
from telemetry import sittings
from telemetry.models import Sitting, Window
from tools.inference_attack.classroom import STREAM, Classroom, allow, decide

HIGH, LOW = 0.82, 0.32
CUTS: Final = range(5, 14)
SAID_AT_S: Final = 60.0
MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class AttackTarget:
    """One Learner of a class, and the page with the question they answered wrongly."""

    person: User
    room: Classroom
    page: Sitting


class SecretWriter(Protocol):
    """Writes one bit of one Learner."""

    def __call__(self, on: AttackTarget, *, bit: bool) -> None: ...


def write_estimate(on: AttackTarget, *, bit: bool) -> None:
    """Store Estimates of confusion above or below every moderate threshold."""
    allow(on.person, on.room.began_at - MINUTE)
    sense(on.person, on.room, on.page, HIGH if bit else LOW)


def write_got_it(on: AttackTarget, *, bit: bool) -> None:
    """Let the Learner press "Got it", or not."""
    if bit:
        _report(on, "got_it")


def write_report(on: AttackTarget, *, bit: bool) -> None:
    """Let the Learner report a feeling: confused or interested."""
    _report(on, "confusion" if bit else "interest")


def write_sensed(on: AttackTarget, *, bit: bool) -> None:
    """Let the Learner be sensed for a long time after the last act, or not at all."""
    if bit:
        write_estimate(on, bit=True)
        sittings.touch(on.page.id, on.room.now - MINUTE)


def write_paused(on: AttackTarget, *, bit: bool) -> None:
    """Let the Learner pause all sensing on the page, or not."""
    sittings.pause(on.page, bit)


def write_decided(on: AttackTarget, *, bit: bool) -> None:
    """Let the Learner meet a rule's condition, or not."""
    if bit:
        decide(on.person, on.room, on.page, cut=5, delivered=True)


def write_offered(on: AttackTarget, *, bit: bool) -> None:
    """Deliver the offer, or let the draw withhold it."""
    decide(on.person, on.room, on.page, cut=5, delivered=bit)


def write_objection(on: AttackTarget, *, bit: bool) -> None:
    """Let the Learner object to automated selection, or not."""
    if bit:
        at = on.room.now - MINUTE
        restrictions.set_restriction(on.person, restrictions.OBJECTION, on=True, now=at)


def write_withdrawal(on: AttackTarget, *, bit: bool) -> None:
    """Let the Learner withdraw a consent, or not."""
    write_estimate(on, bit=True)
    if bit:
        at = on.room.now - MINUTE
        erasure.withdraw(on.person.code, [f"{STREAM}:adapt"], now=at)


# The bits that a rule may read; a replay of simulated people shows them exactly.
READ_BY_RULES: Final[Mapping[str, SecretWriter]] = MappingProxyType(
    {
        "estimate above or below": write_estimate,
        "“Got it” pressed or not": write_got_it,
        "confused or interested, as reported": write_report,
        "sensed or not": write_sensed,
    }
)
SECRETS: Final[Mapping[str, SecretWriter]] = MappingProxyType(
    {
        **READ_BY_RULES,
        "sensing paused or not": write_paused,
        "rule met or not": write_decided,
        "offered or held back": write_offered,
        "objects or not": write_objection,
        "withdrew or not": write_withdrawal,
    }
)


def sense(person: User, room: Classroom, page: Sitting, confusion: float) -> None:
    """Store one Estimate for each of some Windows after the first try."""
    permits = gate.permits_of_people([person.code], ADAPT_SCOPES, now=page.began_at)[
        person.code
    ].granted
    guess = Guess(
        labels={
            "CONFUSION": (confusion, confusion - 0.05, confusion + 0.05),
            "INTEREST": (1 - confusion, 0.95 - confusion, 1.05 - confusion),
        },
        abstain=False, reasons=(), quality=0.9, streams=[STREAM], scopes=[f"{STREAM}:adapt"],
        digest=room.predictor.digest,
    )  # fmt: skip
    for cut in CUTS:
        row = Window(pk=cut, sitting=page, cut=cut)
        seen = SensedWindow(row, Cut(t0=0.0, t1=0.0, streams={}), permits, late=False)
        made = affect.store_guess(seen, guess, now=page.began_at + timedelta(seconds=5 * cut + 6))
        if made is None:
            raise RuntimeError("expected a stored Estimate, got none")


def _report(on: AttackTarget, label: str) -> None:
    at = on.page.began_at + timedelta(seconds=SAID_AT_S)
    permit = gate.permit(on.person.code, "course", now=at)
    self_reports.store(on.page, uuid4(), SAID_AT_S, label, permit, now=at)
