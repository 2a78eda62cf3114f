"""Queueing of mails for the worker's sweep. Nothing is queued without a mail server."""

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

# Several people may share one e-mail, such as a parent's.
MOST_PEOPLE: Final = 10
DAY: Final = timedelta(days=1)
# People who can get a mail that the site sends on its own.
CAN_BE_MAILED: Final = Q(is_active=True, simulated=False, email_digest__isnull=False)


def has_server() -> bool:
    """Return whether this site sends mail at all."""
    return bool(settings.EMAIL_HOST)


def queue_mail(person: User, kind: str, *, now: datetime) -> None:
    """Queue one mail, as part of the current transaction."""
    queue_mails([person], kind, now=now)


def queue_mails(
    people: Sequence[User], kind: str, *, now: datetime, due_at: datetime | None = None
) -> None:
    """Queue this mail for each of these people, to be sent at once or from `due_at`."""
    if has_server():
        PendingMail.objects.bulk_create(
            PendingMail(person=person, kind=kind, made_at=now, due_at=due_at or now)
            for person in people
        )


def queue_new_browser_notice(person: User, *, now: datetime) -> None:
    """Queue a notice of a sign-in from an unknown browser, at most once a day."""
    recent = PendingMail.objects.filter(person=person, kind="new_browser", made_at__gt=now - DAY)
    if has_server() and not recent.exists():
        queue_mail(person, "new_browser", now=now)


def queue_reset(typed: str, *, now: datetime) -> None:
    """Queue a reset link for everyone with this username or e-mail.

    Known and unknown names run the same two statements, so the response time does not reveal who
    has an account. Whether a person may get the mail is checked later.
    """
    # If a person is erased between the two statements the commit fails; the answer is the same.
    with suppress(IntegrityError), transaction.atomic():
        found = match_typed(typed).values_list("pk", flat=True)
        people: list[int | None] = list(found[:MOST_PEOPLE])
        PendingMail.objects.bulk_create(
            PendingMail(person_id=person, kind="reset", made_at=now, due_at=now)
            for person in people or [None]
        )


def is_replaced(mail: PendingMail) -> bool:
    """Return whether a newer link waits or was sent: a link of this mail would end it."""
    newer = PendingMail.objects.filter(person_id=mail.person_id, pk__gt=mail.pk)
    return newer.filter(kind__in=WITH_PASSWORD_LINK, state__in=("waiting", "sent")).exists()


def drop_links(person: User) -> int:
    """Delete the queued mails with a one-time link for this person; return their number."""
    waiting = PendingMail.objects.filter(person=person, kind__in=WITH_PASSWORD_LINK)
    return waiting.filter(state="waiting").delete()[0]
