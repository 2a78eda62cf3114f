"""A ticket: it opens this site in a window of its own, once, within five minutes of a launch.

A page in a frame of another site gets no session, so it carries the ticket in a form. Only our own
pages may use it: another site could otherwise sign a visitor in as another person.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core import signing
from django.http import HttpRequest

from accounts.sign_in import single_use
from lti.launch.accounts import refuse_launch
from lti.models import PlatformAccount

VALID_FOR: Final = timedelta(minutes=5)
SALT: Final = "lti.ticket"


@dataclass(frozen=True, slots=True)
class OpeningTicket:
    """Whose link to a platform opens which page; `account`: the id of the link."""

    number: str
    account: str
    path: str


def write_ticket(account: PlatformAccount, path: str) -> str:
    ticket = OpeningTicket(secrets.token_hex(16), str(account.id), path)
    return signing.dumps(asdict(ticket), salt=SALT)


def use_ticket(text: str, *, now: datetime) -> tuple[PlatformAccount, str] | None:
    """Return the link and the page, and use the ticket up; None if it is no longer valid.

    It ends with the link to the platform, which stays locked until the caller's transaction ends.
    Raises NoAccount as `refuse_launch` does.
    """
    try:
        ticket = OpeningTicket(**signing.loads(text, salt=SALT, max_age=VALID_FOR))
    except (signing.BadSignature, TypeError):
        return None
    if not single_use.spend("lti-ticket", ticket.number, now=now):
        return None
    links = PlatformAccount.objects.filter(id=ticket.account, platform__active=True)
    link = links.select_related("person").select_for_update(of=["self"]).first()
    if link is None:
        return None
    refuse_launch(link)
    return link, ticket.path


def is_from_here(request: HttpRequest) -> bool:
    """Return whether one of our own pages sent the form."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin", "")
    return origin == f"{request.scheme}://{request.get_host()}"
