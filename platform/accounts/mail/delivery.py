"""Handing the mails that are due to the mail server, and recording what came of each.

Before a try its row says that it began; after it, how it ended. Two tries may stay open: the worker
was killed, or the server had the whole mail and did not answer. So a mail arrives at most twice.
What the server did not accept is never recorded as sent. Errors of a mail server quote the address,
so logs say the kind of an error and its code and no more.
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

logger = logging.getLogger(__name__)
# Mails that come by the thousand go after the others.
OF_GUARDIANS: Final = ("guardian_added", "guardian_ended", "ward_added", "ward_ended")
MANY: Final = ("invitation", "due_dates", "consent_ends", *OF_GUARDIANS)
LAST: Final = Case(When(kind__in=MANY, then=1), default=0)
MOST: Final = 100
DAY: Final = timedelta(days=1)
# Longer than a try can take: else two workers would send one mail.
TRY_LIMIT: Final = timedelta(minutes=10)
AGAIN, LONGEST = timedelta(minutes=1), timedelta(hours=2)
MOST_OPEN_TRIES: Final = 2
RESETS_A_DAY: Final = 5
PERMANENT: Final = range(500, 600)
# The site's own log-in is missing or wrong.
OWN_FAULT: Final = (530, 534, 535, 538)
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class MailTable:
    """One table of mails.

    `waiting` returns those that may be tried. `write` returns the mail, or None where it may not be
    sent. `find_end` returns the state of one that is to be ended.
    """

    waiting: Callable[[], QuerySet[Any]]
    write: Callable[[Any, datetime], EmailMultiAlternatives | None]
    find_end: Callable[[Any, datetime], str] = lambda _mail, _now: ""
    order: tuple[Any, ...] = ("due_at", "pk")


def send_due(*, clock: Clock, more: Sequence[MailTable] = ()) -> int:
    """Send what is due, in this app and then in `more`; return how many the server accepted."""
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
    """Connect; where that fails, count a try for all that is due."""
    try:
        connection.open()
    except OSError as error:
        _log("mail.server_not_reached", error)
        for table in tables:
            _postpone_due(clock(), table)
        return False
    return True


def _send_all(connection: MailConnection, clock: Clock, tables: Sequence[MailTable]) -> int:
    """Send what is due until the server is gone or the keystore is busy; return how many."""
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
    """Return the keys of the mails of one sweep: ordered once, however many wait."""
    due = _load_due(now, table).order_by(*table.order)
    return list(due.values_list("pk", flat=True)[:MOST])


@transaction.atomic
def _begin(pk: Any, now: datetime, table: MailTable) -> Any:
    """Return the mail, recorded as begun; None where another worker has it or it is ended."""
    due = _load_due(now, table).select_for_update(of=("self",), skip_locked=True)
    mail: DueMail | None = due.filter(pk=pk).first()
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
    """Return the state of a mail that is not to be tried; empty where it is."""
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
    # The newest that was sent still opens the account, so asking too often locks no person out.
    used_up = tried.filter(state__in=("sent", "bounced")).count() >= RESETS_A_DAY
    return "dropped" if used_up else ""


def _send_one(mail: DueMail, connection: MailConnection, clock: Clock, table: MailTable) -> str:
    """Return what came of this try: a state, or why it says nothing about the mail."""
    try:
        message = table.write(mail, clock())
    except KeystoreBusy:
        return "busy"
    except (Tampered, UnusableEmail) as error:
        _log("mail.not_written", error)
        return "bounced" if isinstance(error, UnusableEmail) else "dropped"
    return "dropped" if message is None else _hand_over(message, connection)


def _hand_over(message: EmailMultiAlternatives, connection: MailConnection) -> str:
    """Answer "sent" only where the server said that it accepts the mail."""
    try:
        return "sent" if connection.send_messages([message]) == 1 else "waiting"
    except NoAnswer as error:
        _log("mail.not_answered", error)
        return "open"
    except (OSError, ValueError) as error:
        _log("mail.not_accepted", error)
        return "bounced" if _is_permanent(error) else "waiting"


def _is_permanent(error: Exception) -> bool:
    """Say whether the server takes this mail at no try; a refused sender is our own fault."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(_is_for_good(*answer) for answer in error.recipients.values())
    return isinstance(error, SMTPDataError) and _is_for_good(error.smtp_code, error.smtp_error)


def _is_for_good(code: int, reply: bytes | str) -> bool:
    """Say whether an answer is about the recipient. A status 5.7 is about who may send (RFC 3463).

    A site that may not send for a while lets its mails wait.
    """
    text = reply if isinstance(reply, bytes) else reply.encode()
    return code in PERMANENT and code not in OWN_FAULT and not text.startswith(b"5.7.")


@transaction.atomic
def _record(mail: DueMail, outcome: str, now: datetime) -> None:
    """Write down how a try ended; a mail that was deleted meanwhile stays deleted.

    A try without an answer stays open, as that of a worker that was killed. A mail that was ended
    or asked for again meanwhile stays so.
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
    """Count a try for all that is due, where the server could not be reached at all."""
    while _postpone_some(now, table):
        pass


@transaction.atomic
def _postpone_some(now: datetime, table: MailTable) -> bool:
    """Count a try for some of what is due; return whether there may be more."""
    due = _load_due(now, table).select_for_update(of=("self",), skip_locked=True)
    rows: Sequence[DueMail] = list(due.order_by("pk")[:MOST])
    for mail in rows:
        if state := _find_end(mail, now, table):
            _end(mail, state, now)
        else:
            tries = mail.tries + 1
            mine = type(mail).objects.filter(pk=mail.pk)
            mine.update(tries=tries, due_at=now + _pause(tries))
    return len(rows) == MOST


def _end(mail: DueMail, state: str, now: datetime) -> None:
    type(mail).objects.filter(pk=mail.pk).update(state=state, done_at=now)


def _load_due(now: datetime, table: MailTable) -> QuerySet[Any]:
    return table.waiting().filter(state="waiting", due_at__lte=now)


def _with_person() -> QuerySet[PendingMail]:
    return PendingMail.objects.filter(person__isnull=False)


def _pause(tries: int) -> timedelta:
    doubled: int = 2 ** min(tries - 1, 12)
    return min(AGAIN * doubled, LONGEST)


def _log(event: str, error: Exception) -> None:
    code = getattr(error, "smtp_code", None)
    logger.warning(event, extra={"error": type(error).__name__, "smtp_code": code})


ACCOUNT_MAILS: Final = MailTable(
    waiting=_with_person,
    find_end=_find_end_of_account_mail,
    write=lambda mail, now: write_message(mail, now=now),
    # A class of invitations keeps nobody waiting who asked for a new password.
    order=(LAST, "due_at", "pk"),
)
