"""Delivery of due mails to the mail server, and a record of each outcome.

A row is marked before each attempt and updated after it. Up to two attempts may stay open: the
worker was killed, or the server had the whole mail and did not answer. So a mail arrives at most
twice, and what the server did not accept is never recorded as sent. Errors of a mail server quote
the address, so logs hold only the kind of an error and its code.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused
from typing import Any, Final

from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.db.models import Case, QuerySet, When

from accounts.mail import queue
from accounts.mail.message import UnusableEmail, write_message
from accounts.mail.models import WITH_PASSWORD_LINK, DueMail
from accounts.mail.smtp_connection import MailConnection, NoAnswer
from accounts.models import PendingMail
from vault.errors import KeystoreBusy, Tampered
from work_queue.due_rows import lock_free

logger = logging.getLogger(__name__)
# Bulk mails are sent after all others.
OF_GUARDIANS: Final = ("guardian_added", "guardian_ended", "ward_added", "ward_ended")
BULK_KINDS: Final = (
    "invitation",
    "due_dates",
    "announcement",
    "message",
    "week_summary",
    "consent_ends",
    *OF_GUARDIANS,
)
BULK_LAST: Final = Case(When(kind__in=BULK_KINDS, then=1), default=0)
BATCH_SIZE: Final = 100
DAY: Final = timedelta(days=1)
# Longer than an attempt can take: otherwise two workers would send one mail.
TRY_LIMIT: Final = timedelta(minutes=10)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=2)
MOST_OPEN_TRIES: Final = 2
RESETS_A_DAY: Final = 5
PERMANENT: Final = range(500, 600)
# The site's own credentials are missing or wrong.
OWN_FAULT: Final = (530, 534, 535, 538)
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class MailTable:
    """One table of mails.

    `waiting` returns the rows that may be tried. `write` returns the message, or None if it may not
    be sent. `find_end` returns the final state of a row that must not be tried, else "".
    """

    waiting: Callable[[], QuerySet[Any]]
    write: Callable[[Any, datetime], EmailMultiAlternatives | None]
    find_end: Callable[[Any, datetime], str] = lambda _mail, _now: ""
    order: tuple[Any, ...] = ("due_at", "pk")


def send_due(*, clock: Clock, more: Sequence[MailTable] = ()) -> int:
    """Send due mails of this app, then of the tables in `more`; return how many were accepted."""
    PendingMail.objects.filter(person=None).delete()
    tables = [table for table in (ACCOUNT_MAILS, *more) if _load_due(clock(), table).exists()]
    if not queue.has_server() or not tables:
        return 0
    connection = MailConnection()
    try:
        return _send_all(connection, clock, tables) if _reach(connection, clock, tables) else 0
    finally:
        connection.close()


def _reach(connection: MailConnection, clock: Clock, tables: Sequence[MailTable]) -> bool:
    """Connect to the server; on failure count an attempt for every due mail."""
    try:
        connection.open()
    except OSError as error:
        _log("mail.server_not_reached", error)
        for table in tables:
            _postpone_due(clock(), table)
        return False
    return True


def _send_all(connection: MailConnection, clock: Clock, tables: Sequence[MailTable]) -> int:
    """Send due mails until the server is gone or the keystore is busy; return the number sent."""
    sent = 0
    for table, pk in [(each, pk) for each in tables for pk in _list_due(clock(), each)]:
        mail = _begin(pk, clock(), table)
        if mail is None:
            continue
        outcome = _send_one(mail, connection, clock, table)
        _record(mail, outcome, clock())
        sent += outcome == "sent"
        if outcome == "busy" or not connection.is_open:
            break
    return sent


def _list_due(now: datetime, table: MailTable) -> list[Any]:
    """Return the keys of one sweep's mails, sorted once however many wait."""
    due = _load_due(now, table).order_by(*table.order)
    return list(due.values_list("pk", flat=True)[:BATCH_SIZE])


@transaction.atomic
def _begin(pk: Any, now: datetime, table: MailTable) -> Any:
    """Mark the mail as begun and return it; None if another worker has it or it has ended."""
    mail: DueMail | None = next(iter(lock_free(_load_due(now, table).filter(pk=pk))), None)
    if mail is None:
        return None
    if state := _find_end(mail, now, table):
        _end(mail, state, now)
        return None
    mail.tries += 1
    mail.open_tries += 1
    mail.due_at = now + TRY_LIMIT
    mail.save(update_fields=["tries", "open_tries", "due_at"])
    return mail


def _find_end(mail: DueMail, now: datetime, table: MailTable) -> str:
    """Return the final state of a mail that must not be tried, else ""."""
    if mail.open_tries >= MOST_OPEN_TRIES or now >= mail.made_at + DAY:
        return "given_up"
    return table.find_end(mail, now)


def _find_end_of_account_mail(mail: PendingMail, now: datetime) -> str:
    if mail.kind in WITH_PASSWORD_LINK and queue.is_replaced(mail):
        return "dropped"
    if mail.kind != "reset":
        return ""
    tried = PendingMail.objects.filter(
        person_id=mail.person_id, kind="reset", done_at__gt=now - DAY
    )
    # The newest link that was sent still works, so asking too often locks no one out.
    used_up = tried.filter(state__in=("sent", "bounced")).count() >= RESETS_A_DAY
    return "dropped" if used_up else ""


def _send_one(mail: DueMail, connection: MailConnection, clock: Clock, table: MailTable) -> str:
    """Return the outcome of this attempt: a state, or why it says nothing about the mail."""
    try:
        message = table.write(mail, clock())
    except KeystoreBusy:
        return "busy"
    except (Tampered, UnusableEmail) as error:
        _log("mail.not_written", error)
        return "bounced" if isinstance(error, UnusableEmail) else "dropped"
    except Exception as error:  # noqa: BLE001 - one mail stops no other, and is tried again
        _log("mail.not_written", error)
        return "waiting"
    return "dropped" if message is None else _hand_over(message, connection)


def _hand_over(message: EmailMultiAlternatives, connection: MailConnection) -> str:
    """Return "sent" only if the server confirmed that it accepts the mail."""
    try:
        return "sent" if connection.send_messages([message]) == 1 else "waiting"
    except NoAnswer as error:
        _log("mail.not_answered", error)
        return "open"
    except (OSError, ValueError) as error:
        _log("mail.not_accepted", error)
        return "bounced" if _is_permanent(error) else "waiting"


def _is_permanent(error: Exception) -> bool:
    """Return whether the server will never take this mail; a refused sender is our own fault."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(_is_for_good(*answer) for answer in error.recipients.values())
    return isinstance(error, SMTPDataError) and _is_for_good(error.smtp_code, error.smtp_error)


def _is_for_good(code: int, reply: bytes | str) -> bool:
    """Return whether a reply is about the recipient. Status 5.7 is about the sender (RFC 3463).

    The mails of a site that may not send for a while stay queued.
    """
    text = reply if isinstance(reply, bytes) else reply.encode()
    return code in PERMANENT and code not in OWN_FAULT and not text.startswith(b"5.7.")


@transaction.atomic
def _record(mail: DueMail, outcome: str, now: datetime) -> None:
    """Store how an attempt ended; a mail that was deleted meanwhile stays deleted.

    An attempt without a reply stays open, like that of a killed worker. A mail that was ended or
    queued again meanwhile keeps that state.
    """
    if outcome == "open":
        return
    mail.open_tries -= 1
    if outcome in ("waiting", "busy"):
        mail.due_at = now + _pause(mail.tries)
    else:
        mail.state, mail.done_at = outcome, now
    mine = type(mail).objects.filter(pk=mail.pk, state="waiting", made_at=mail.made_at)
    mine.update(
        open_tries=mail.open_tries, state=mail.state, done_at=mail.done_at, due_at=mail.due_at
    )


def _postpone_due(now: datetime, table: MailTable) -> None:
    """Count an attempt for every due mail, because the server could not be reached."""
    while _postpone_some(now, table):
        pass


@transaction.atomic
def _postpone_some(now: datetime, table: MailTable) -> bool:
    """Count an attempt for a batch of due mails; return whether there may be more."""
    rows: Sequence[DueMail] = lock_free(_load_due(now, table).order_by("pk"), BATCH_SIZE)
    for mail in rows:
        if state := _find_end(mail, now, table):
            _end(mail, state, now)
        else:
            tries = mail.tries + 1
            mine = type(mail).objects.filter(pk=mail.pk)
            mine.update(tries=tries, due_at=now + _pause(tries))
    return len(rows) == BATCH_SIZE


def _end(mail: DueMail, state: str, now: datetime) -> None:
    type(mail).objects.filter(pk=mail.pk).update(state=state, done_at=now)


def _load_due(now: datetime, table: MailTable) -> QuerySet[Any]:
    return table.waiting().filter(state="waiting", due_at__lte=now)


def _with_person() -> QuerySet[PendingMail]:
    return PendingMail.objects.filter(person__isnull=False)


def _pause(tries: int) -> timedelta:
    doubled: int = 2 ** min(tries - 1, 12)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)


def _log(event: str, error: Exception) -> None:
    code = getattr(error, "smtp_code", None)
    logger.warning(event, extra={"error": type(error).__name__, "smtp_code": code})


ACCOUNT_MAILS: Final = MailTable(
    waiting=_with_person,
    find_end=_find_end_of_account_mail,
    write=lambda mail, now: write_message(mail, now=now),
    # Someone who needs a new password does not wait for the invitations of a whole class.
    order=(BULK_LAST, "due_at", "pk"),
)
