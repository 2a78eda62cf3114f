"""Sends course records on to the learning record store that the operator names: xAPI over HTTP.

Off without an address. Each Learner's row says how far it got; what is not taken is owed again,
later each time. Nothing sensed, nothing typed, nothing of who is gone or paused (I-20).
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User
from consent.permits import restrictions
from courses.models import Attempt, Completion, Response
from privacy.export import xapi
from privacy.models import RecordsSent
from telemetry.models import Sitting
from vault import http_client

logger = logging.getLogger(__name__)
MOST: Final = 100
PATIENCE_S: Final = 3.0
# A row that is being written now may carry a time of a moment ago.
SETTLED: Final = timedelta(seconds=60)
AGAIN: Final = timedelta(seconds=30)
LONGEST: Final = timedelta(hours=6)
PAUSED: Final = timedelta(hours=1)
VERSION: Final = {"X-Experience-API-Version": "1.0.3", "Content-Type": "application/json"}
Dated = Sequence[tuple[datetime, xapi.Statement]]


class NotTaken(Exception):
    """The store answered with another status."""


def send_due(*, now: datetime) -> int:
    """Send what is owed, Learner by Learner; say how many statements went."""
    if not settings.LRS_URL:
        return 0
    _begin(now)
    sent = 0
    while (some := _send_one(now)) is not None:
        sent += some
    return sent


def home_page() -> str:
    """Whose accounts the actors are."""
    return f"https://{next(iter(settings.ALLOWED_HOSTS), 'localhost')}"


def _begin(now: datetime) -> None:
    """Everybody who learns here, from now on; simulated people are nobody's record."""
    new = User.objects.filter(
        roles__contains=["learner"], is_active=True, simulated=False, records_sent=None
    )
    rows = [RecordsSent(learner=person, until=now, due_at=now) for person in new]
    RecordsSent.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def _send_one(now: datetime) -> int | None:
    """What one Learner is owed; None where nobody is. The person's row is held, so that nothing is
    on its way once an erasure has begun."""
    row = _owed(now).select_for_update(skip_locked=True, of=("self", "learner")).first()
    if row is None:
        return None
    if restrictions.RESTRICTION in restrictions.find_restrictions(row.learner):
        row.due_at = now + PAUSED
        row.save()
        return 0
    batch = _batch(row, now)
    try:
        _give([statement for _, statement in batch])
    except (OSError, NotTaken) as error:
        row.tries += 1
        row.due_at = now + min(AGAIN * 2 ** min(row.tries - 1, 12), LONGEST)
        logger.warning("records.store_waits", extra={"error": type(error).__name__})
        batch = []
    else:
        row.until = batch[-1][0] if len(batch) >= MOST else now - SETTLED
        row.statements, row.tries = row.statements + len(batch), 0
        row.due_at = now if len(batch) >= MOST else now + SETTLED
    row.save()
    return len(batch)


def _owed(now: datetime) -> QuerySet[RecordsSent]:
    """Of whom something happened since, oldest first."""

    def since(rows: QuerySet[Any], clock: str) -> Exists:
        later = {f"{clock}__gt": OuterRef("until")}
        return Exists(rows.filter(learner=OuterRef("learner"), **later))

    happened = (
        since(Sitting.objects.all(), "active_at")
        | since(Sitting.objects.all(), "ended_at")
        | since(Response.objects.all(), "answered_at")
        | since(Completion.objects.all(), "done_at")
        | since(Attempt.objects.all(), "began_at")
    )
    rows = RecordsSent.objects.filter(happened, due_at__lte=now, until__lt=now - SETTLED)
    return rows.filter(learner__is_active=True).select_related("learner").order_by("due_at")


def _batch(row: RecordsSent, now: datetime) -> Dated:
    """The next statements, at most about MOST: those of one moment stay together."""
    found: list[tuple[datetime, xapi.Statement]] = []
    for at, statement in xapi.records(row.learner, home_page(), words=False):
        if not row.until < at <= now - SETTLED:
            continue
        if len(found) >= MOST and at > found[-1][0]:
            break
        found.append((at, statement))
    return found


def _give(statements: Sequence[xapi.Statement]) -> None:
    """All together; one by one where the store has one of them already, which is as good."""
    if not statements:
        return
    reply = _ask("POST", "", statements)
    if reply.status == HTTPStatus.CONFLICT:
        for one in statements:
            again = _ask("PUT", "?" + urlencode({"statementId": one["id"]}), one)
            _require(again.accepted or again.status == HTTPStatus.CONFLICT, again)
        return
    _require(reply.accepted, reply)


def _require(taken: bool, reply: http_client.HttpReply) -> None:
    if not taken:
        raise NotTaken(str(reply.status))


def _ask(method: str, query: str, said: object) -> http_client.HttpReply:
    """One request; a redirect is no yes, since nobody agreed to the place it leads to."""
    url = urlsplit(settings.LRS_URL)
    place = urlunsplit((url.scheme, url.netloc, f"{url.path.rstrip('/')}/statements", "", ""))
    key = base64.b64encode(settings.LRS_KEY.encode()).decode()
    headers = {**VERSION, "Authorization": f"Basic {key}"}
    body = json.dumps(said).encode()
    return http_client.send_request(method, place + query, body, headers, timeout=PATIENCE_S)
