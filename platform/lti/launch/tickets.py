"""A ticket: it opens this site in a window of its own, once, within five minutes of a launch.

A page in a frame of another site gets no session, so it carries the ticket in a form. Only our own
pages may use it: another site could otherwise sign a visitor in as another person.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.core import signing
from django.http import HttpRequest

from accounts.models import User
from accounts.sign_in import single_use

VALID_FOR: Final = timedelta(minutes=5)
SALT: Final = "lti.ticket"


@dataclass(frozen=True, slots=True)
class OpeningTicket:
    """Who may be signed in, by code, and the page to open."""

    number: str
    person: str
    path: str


def write_ticket(person: User, path: str) -> str:
    ticket = OpeningTicket(secrets.token_hex(16), str(person.code), path)
    return signing.dumps(asdict(ticket), salt=SALT)


def use_ticket(text: str, *, now: datetime) -> tuple[User, str] | None:
    """Return the person and the page, and use the ticket up; None if it is no longer valid."""
    try:
        ticket = OpeningTicket(**signing.loads(text, salt=SALT, max_age=VALID_FOR))
    except signing.BadSignature:
        return None
    if not single_use.spend("lti-ticket", ticket.number, now=now):
        return None
    person = User.objects.filter(code=UUID(ticket.person), is_active=True).first()
    return None if person is None else (person, ticket.path)


def is_from_here(request: HttpRequest) -> bool:
    """Return whether one of our own pages sent the form."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin", "")
    return origin == f"{request.scheme}://{request.get_host()}"
