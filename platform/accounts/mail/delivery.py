"""Handing the mails that are due to the mail server, and recording what came of each.

Before a try its row says that it began; after it, how it ended. A worker killed between the two
leaves a row that is tried once more and no further, so a mail arrives at most twice. What the
server did not accept is never recorded as sent. Errors of a mail server quote the address, so logs
say the kind of an error and its code and no more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPException, SMTPNotSupportedError, SMTPRecipientsRefused
from typing import Final

from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import QuerySet

from accounts.mail import queue
from accounts.mail.message import write_message
from accounts.models import PendingMail
from accounts.pending_mail_model import WITH_PASSWORD_LINK
from vault.errors import KeystoreBusy

logger = logging.getLogger(__name__)
MOST: Final = 100
DAY: Final = timedelta(days=1)
# Longer than a try can take: else two workers would send one mail.
BUSY: Final = timedelta(minutes=10)
AGAIN, LONGEST = timedelta(minutes=1), timedelta(hours=2)
UNANSWERED: Final = 2
RESETS_A_DAY: Final = 5
PERMANENT: Final = range(500, 600)
Clock = Callable[[], datetime]


def send_due(*, clock: Clock) -> int:
    """Send what is due; return how many mails the server accepted."""
    PendingMail.objects.filter(person=None).delete()
    if not queue.has_server() or not _load_due(clock()).exists():
        return 0
    connection = get_connection()
    try:
        connection.open()
    except (OSError, SMTPException) as error:
        _log("mail.server_not_reached", error)
        _postpone_due(clock())
        return 0
    try:
        return _send_all(connection, clock)
    finally:
        connection.close()


def _send_all(connection: BaseEmailBackend, clock: Clock) -> int:
    sent = 0
    for _number in range(MOST):
        mail = _begin_next(clock())
        if mail is None:
            break
        outcome = _send_one(mail, connection, clock)
        _record(mail, outcome, clock())
        sent += outcome == "sent"
        if outcome == "waiting":
            break
    return sent


@transaction.atomic
def _begin_next(now: datetime) -> PendingMail | None:
    """Return the next mail, recorded as begun; those that can come to nothing are ended."""
    rows = _load_due(now).select_for_update(skip_locked=True).order_by("due_at", "pk")
    for mail in rows[:MOST]:
        if state := _find_end(mail, now):
            _end(mail, state, now)
            continue
        mail.tries += 1
        mail.unanswered += 1
        mail.due_at = now + BUSY
        mail.save(update_fields=["tries", "unanswered", "due_at"])
        return mail
    return None


def _find_end(mail: PendingMail, now: datetime) -> str:
    """Return the state of a mail that is not to be tried; empty where it is."""
    if mail.unanswered >= UNANSWERED or now >= mail.made_at + DAY:
        return "given_up"
    others = PendingMail.objects.filter(person_id=mail.person_id)
    links = others.filter(kind__in=WITH_PASSWORD_LINK, state="waiting", pk__gt=mail.pk)
    if mail.kind in WITH_PASSWORD_LINK and links.exists():
        return "dropped"
    resets = others.filter(kind="reset", state="sent", done_at__gt=now - DAY)
    # The newest of them still opens the account, so asking too often locks no person out.
    return "dropped" if mail.kind == "reset" and resets.count() >= RESETS_A_DAY else ""


def _send_one(mail: PendingMail, connection: BaseEmailBackend, clock: Clock) -> str:
    """Return the state that this try leaves the mail in."""
    try:
        message = write_message(mail, now=clock())
    except KeystoreBusy:
        return "waiting"
    try:
        return "dropped" if message is None else _hand_over(message, connection)
    except (SMTPException, OSError, ValueError) as error:
        _log("mail.not_accepted", error)
        return "bounced" if _is_permanent(error) else "waiting"


def _hand_over(message: EmailMultiAlternatives, connection: BaseEmailBackend) -> str:
    """Answer "sent" only where the server said that it accepts the mail."""
    return "sent" if connection.send_messages([message]) == 1 else "waiting"


def _is_permanent(error: Exception) -> bool:
    """Say whether this address will not get it at any try; a refused sender is our own fault."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code in PERMANENT for code, _text in error.recipients.values())
    if isinstance(error, SMTPDataError):
        return error.smtp_code in PERMANENT
    # A ValueError: the address cannot be written into a mail.
    return isinstance(error, SMTPNotSupportedError) or not isinstance(error, OSError)


@transaction.atomic
def _record(mail: PendingMail, outcome: str, now: datetime) -> None:
    """Write down how a try ended; a mail that was deleted meanwhile stays deleted."""
    mail.unanswered -= 1
    if outcome == "waiting":
        mail.due_at = now + _pause(mail.tries)
    else:
        mail.state, mail.done_at = outcome, now
    PendingMail.objects.filter(pk=mail.pk).update(
        unanswered=mail.unanswered, state=mail.state, done_at=mail.done_at, due_at=mail.due_at
    )


@transaction.atomic
def _postpone_due(now: datetime) -> None:
    """Count a try for all that is due, where the server could not be reached at all."""
    for mail in _load_due(now).select_for_update(skip_locked=True):
        if state := _find_end(mail, now):
            _end(mail, state, now)
        else:
            tries = mail.tries + 1
            PendingMail.objects.filter(pk=mail.pk).update(tries=tries, due_at=now + _pause(tries))


def _end(mail: PendingMail, state: str, now: datetime) -> None:
    PendingMail.objects.filter(pk=mail.pk).update(state=state, done_at=now)


def _load_due(now: datetime) -> QuerySet[PendingMail]:
    return PendingMail.objects.filter(state="waiting", due_at__lte=now, person__isnull=False)


def _pause(tries: int) -> timedelta:
    doubled: int = 2 ** min(tries - 1, 12)
    return min(AGAIN * doubled, LONGEST)


def _log(event: str, error: Exception) -> None:
    code = getattr(error, "smtp_code", None)
    logger.warning(event, extra={"error": type(error).__name__, "smtp_code": code})
