"""Notices about a guardianship that begins or ends: an audit leaf and an e-mail for both sides.

Neither mail names the other side. People without an e-mail address, or who cannot sign in yet, get
none; both sides can read it on "Who viewed my data". After an erasure only the other side is
notified.
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
OF_WARD: Final[Mapping[str, object]] = {}


def notify_added(bonds: Sequence[Guardianship], *, by: UUID | None, now: datetime) -> None:
    """Record new guardianships, and queue the mails to guardians and wards."""
    _record("person.guard", bonds, by)
    _queue_mails("guardian_added", {bond.ward_id for bond in bonds}, now)
    _queue_mails("ward_added", {bond.guardian_id for bond in bonds}, now)


def notify_ended(
    bonds: Sequence[Guardianship], *, by: UUID | None, now: datetime, erased: UUID | None = None
) -> None:
    """Record ended guardianships, and queue the mails to guardians and wards.

    `erased` is the person whose erasure ended them: they get no leaf and no mail.
    """
    for bond in bonds:
        _record("person.unguard", [bond], by, erased)
    _queue_mails(
        "guardian_ended", {each.ward_id for each in bonds if each.ward.code != erased}, now
    )
    _queue_mails(
        "ward_ended", {each.guardian_id for each in bonds if each.guardian.code != erased}, now
    )


def find_guardian(ward: User, *, now: datetime) -> list[str] | None:
    """Return an empty list if a guardian is recorded for the ward, else None (no mail)."""
    return [] if ward.guardianships.filter(since__lte=now).exists() else None


def find_ward(guardian: User, *, now: datetime) -> list[str] | None:
    """Return an empty list if the person is recorded as a guardian, else None (no mail)."""
    return [] if guardian.wardships.filter(since__lte=now).exists() else None


def _record(
    verb: str, bonds: Sequence[Guardianship], by: UUID | None, erased: UUID | None = None
) -> None:
    wards = {bond.ward.code: OF_WARD for bond in bonds}
    guardians = {bond.guardian.code: OF_GUARDIAN for bond in bonds}
    for publics in (wards, guardians):
        informed = {code: public for code, public in publics.items() if code != erased}
        audit.record_about_each(verb, actor=by, publics=informed)


def _queue_mails(kind: str, people: Collection[int], now: datetime) -> None:
    """Queue one mail for each person who has an e-mail and no such mail waiting.

    People who cannot sign in yet get none: they could not open the page that it links to.
    """
    if not people or not queue.has_server():
        return
    waiting = PendingMail.objects.filter(person=OuterRef("pk"), kind=kind, state="waiting")
    recipients = User.objects.filter(queue.CAN_BE_MAILED, IN_USE, ~Exists(waiting), pk__in=people)
    queue.queue_mails(list(recipients.order_by("pk")), kind, now=now)
