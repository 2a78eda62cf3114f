"""Asking for a mail: a row that a worker's sweep sends. Without a mail server nothing is asked."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.digests import digest, digest_email
from accounts.models import PendingMail, User
from accounts.pending_mail_model import WITH_PASSWORD_LINK

# Several people may have one e-mail, such as that of a parent.
MOST_PEOPLE: Final = 10


def has_server() -> bool:
    """Say whether this site sends mails at all."""
    return bool(settings.EMAIL_HOST)


def ask(person: User, kind: str, *, now: datetime) -> None:
    """Let the sweep send this mail, with whatever else the transaction does."""
    if has_server():
        PendingMail.objects.create(person=person, kind=kind, made_at=now, due_at=now)


@transaction.atomic
def ask_reset(typed: str, *, now: datetime) -> None:
    """Let everybody who signs in with this name, or has this e-mail, get a link.

    The same two statements for a name that is here and for one that is not, so that the time of
    the answer does not say who has an account. Whether they may get the mail is asked later.
    """
    found = User.objects.filter(Q(login_digest=digest(typed)) | Q(email_digest=digest_email(typed)))
    people: list[int | None] = list(found.values_list("pk", flat=True)[:MOST_PEOPLE])
    PendingMail.objects.bulk_create(
        PendingMail(person_id=person, kind="reset", made_at=now, due_at=now)
        for person in people or [None]
    )


def drop_links(person: User) -> int:
    """Delete the mails with a one-time link that wait for this person; return their number."""
    waiting = PendingMail.objects.filter(person=person, kind__in=WITH_PASSWORD_LINK)
    return waiting.filter(state="waiting").delete()[0]
