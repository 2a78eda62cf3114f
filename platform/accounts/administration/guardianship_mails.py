"""What both sides learn of a guardianship that begins or ends: a leaf about each, and an e-mail.

Neither mail names the other side. Who has no e-mail, or cannot sign in yet, gets none; both read it
on "Who looked". An erasure tells the other side alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef

import audit
from accounts.administration.person_records import IN_USE
from accounts.mail import queue
from accounts.models import Guardianship, PendingMail, User

OF_GUARDIAN: Final[Mapping[str, object]] = {"what": "guardian"}
NOTHING: Final[Mapping[str, object]] = {}


def tell_added(bonds: Sequence[Guardianship], *, by: UUID | None, now: datetime) -> None:
    """Record new guardianships, and ask for the mails to guardians and wards."""
    _record("person.guard", bonds, by)
    _ask("guardian_added", {bond.ward_id for bond in bonds}, now)
    _ask("ward_added", {bond.guardian_id for bond in bonds}, now)


def tell_ended(
    bonds: Sequence[Guardianship], *, by: UUID | None, now: datetime, erased: UUID | None = None
) -> None:
    """Record ended guardianships, and ask for the mails to guardians and wards.

    `erased` is the person whose erasure ended them: they get no leaf and no mail.
    """
    for bond in bonds:
        _record("person.unguard", [bond], by, erased)
    _ask("guardian_ended", {each.ward_id for each in bonds if each.ward.code != erased}, now)
    _ask("ward_ended", {each.guardian_id for each in bonds if each.guardian.code != erased}, now)


def find_guardian(ward: User, *, now: datetime) -> list[str] | None:
    """Say whether a guardian is recorded for them: an empty list, else None."""
    return [] if ward.guardianships.filter(since__lte=now).exists() else None


def find_ward(guardian: User, *, now: datetime) -> list[str] | None:
    """Say whether they are recorded as a guardian: an empty list, else None."""
    return [] if guardian.wardships.filter(since__lte=now).exists() else None


def _record(
    verb: str, bonds: Sequence[Guardianship], by: UUID | None, erased: UUID | None = None
) -> None:
    wards = {bond.ward.code: NOTHING for bond in bonds}
    guardians = {bond.guardian.code: OF_GUARDIAN for bond in bonds}
    for publics in (wards, guardians):
        told = {code: public for code, public in publics.items() if code != erased}
        audit.record_about_each(verb, actor=by, publics=told)


def _ask(kind: str, people: Collection[int], now: datetime) -> None:
    """Ask for this mail once for each of them who has an e-mail and waits for none like it.

    Who cannot sign in yet could not open the page to which it leads.
    """
    if not people or not queue.has_server():
        return
    waiting = PendingMail.objects.filter(person=OuterRef("pk"), kind=kind, state="waiting")
    told = User.objects.filter(queue.CAN_BE_MAILED, IN_USE, ~Exists(waiting), pk__in=people)
    queue.ask_all(list(told.order_by("pk")), kind, now=now)
