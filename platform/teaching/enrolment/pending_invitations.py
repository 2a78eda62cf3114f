"""Pending email invitations, as a Teacher of the course sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext_lazy as lazy

from accounts.models import User
from courses.email_invitations.dispatch import MOST_SENDINGS
from courses.email_invitations.records import find_open, open_email
from courses.models import Course, EmailInvitation
from vault.sealed_values import KeyDestroyed

STATE_WORDS: Final = {
    "waiting": lazy("Being sent"),
    "sent": lazy("Sent"),
    "bounced": lazy("Not delivered: the mail server refused the address"),
    "given_up": lazy("Not delivered: the mail server did not answer"),
    "dropped": lazy("Not sent"),
    "shown": lazy("Link shown, to be passed on"),
}


@dataclass(frozen=True, slots=True)
class PendingInvitation:
    """One line of the list; `email` is empty for all but the Teacher who typed it."""

    id: UUID
    email: str
    state: str
    expires_at: datetime
    can_send: bool


def list_pending(course: Course, *, reader: User, now: datetime) -> list[PendingInvitation]:
    """Return the pending email invitations, newest first."""
    rows = find_open(now).filter(course=course, by_join_link=False).order_by("-made_at", "pk")
    return [_describe(row, reader) for row in rows]


def _describe(row: EmailInvitation, reader: User) -> PendingInvitation:
    try:
        email = open_email(row) if row.invited_by_id == reader.pk else ""
    except KeyDestroyed:
        email = ""
    return PendingInvitation(
        id=row.id,
        email=email,
        state=str(STATE_WORDS[row.state]),
        expires_at=row.expires_at,
        can_send=row.state != "waiting" and row.sendings < MOST_SENDINGS,
    )
