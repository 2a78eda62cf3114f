"""Asking for a mail: a row that a worker's sweep sends. Without a mail server nothing is asked."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts.identity import match_typed
from accounts.mail.models import WITH_PASSWORD_LINK
from accounts.models import PendingMail, User

# Several people may have one e-mail, such as that of a parent.
MOST_PEOPLE: Final = 10
DAY: Final = timedelta(days=1)
# Who can get a mail that the site sends by itself.
CAN_BE_MAILED: Final = Q(is_active=True, simulated=False, email_digest__isnull=False)


def has_server() -> bool:
    """Say whether this site sends mails at all."""
    return bool(settings.EMAIL_HOST)


def ask(person: User, kind: str, *, now: datetime) -> None:
    """Let the sweep send this mail, with whatever else the transaction does."""
    ask_all([person], kind, now=now)


def ask_all(people: Sequence[User], kind: str, *, now: datetime) -> None:
    """Let the sweep send this mail to each of them."""
    if has_server():
        PendingMail.objects.bulk_create(
            PendingMail(person=person, kind=kind, made_at=now, due_at=now) for person in people
        )


def ask_new_browser(person: User, *, now: datetime) -> None:
    """Tell the person of a sign-in with a browser that is not known; once a day is enough."""
    told = PendingMail.objects.filter(person=person, kind="new_browser", made_at__gt=now - DAY)
    if has_server() and not told.exists():
        ask(person, "new_browser", now=now)


def ask_reset(typed: str, *, now: datetime) -> None:
    """Let everybody who signs in with this name, or has this e-mail, get a link.

    The same two statements for a name that is here and for one that is not, so that the time of
    the answer does not say who has an account. Whether they may get the mail is asked later.
    """
    # A person who is erased between the two statements breaks the commit; the answer is the same.
    with suppress(IntegrityError), transaction.atomic():
        found = match_typed(typed).values_list("pk", flat=True)
        people: list[int | None] = list(found[:MOST_PEOPLE])
        PendingMail.objects.bulk_create(
            PendingMail(person_id=person, kind="reset", made_at=now, due_at=now)
            for person in people or [None]
        )


def is_replaced(mail: PendingMail) -> bool:
    """Say whether a newer link waits, or was sent: that of this mail would end it."""
    newer = PendingMail.objects.filter(person_id=mail.person_id, pk__gt=mail.pk)
    return newer.filter(kind__in=WITH_PASSWORD_LINK, state__in=("waiting", "sent")).exists()


def drop_links(person: User) -> int:
    """Delete the mails with a one-time link that wait for this person; return their number."""
    waiting = PendingMail.objects.filter(person=person, kind__in=WITH_PASSWORD_LINK)
    return waiting.filter(state="waiting").delete()[0]
