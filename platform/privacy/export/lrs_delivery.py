"""Send course records to the learning record store that the operator configures: xAPI over HTTP.

Off without a URL. Each Learner's row records how far it got; failed batches are retried with
increasing delays. Nothing sensed, nothing typed, and nothing of erased or paused people (I-20).
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
from work_queue.due_rows import describe_error, lock_free, process_each

logger = logging.getLogger(__name__)
BATCH_SIZE: Final = 100
PATIENCE_S: Final = 3.0
# A row written now may carry a slightly earlier time.
SETTLED: Final = timedelta(seconds=60)
AGAIN: Final = timedelta(seconds=30)
LONGEST: Final = timedelta(hours=6)
MOST_TRIES: Final = 1000
PAUSED: Final = timedelta(hours=1)
VERSION: Final = {"X-Experience-API-Version": "1.0.3", "Content-Type": "application/json"}
Dated = Sequence[tuple[datetime, xapi.Statement]]


class NotAccepted(Exception):
    """The store answered with an unexpected status."""


def send_due(*, now: datetime) -> int:
    """Send all due statements, Learner by Learner. Returns how many were sent."""
    if not settings.LRS_URL:
        return 0
    _add_learners(now)
    sent = 0
    while (some := _send_one(now)) is not None:
        sent += some
    return sent


def home_page() -> str:
    """Return the home page of the actors' accounts."""
    return f"https://{next(iter(settings.ALLOWED_HOSTS), 'localhost')}"


def _add_learners(now: datetime) -> None:
    """Create a row for each new Learner, starting now; simulated people are left out."""
    new = User.objects.filter(
        roles__contains=["learner"], is_active=True, simulated=False, records_sent=None
    )
    rows = [RecordsSent(learner=person, until=now, due_at=now) for person in new]
    RecordsSent.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def _send_one(now: datetime) -> int | None:
    """Send one Learner's due statements; None if no Learner is due.

    The person's row is locked, so that nothing is on its way once an erasure has begun.
    """
    rows = lock_free(_due_rows(now), 1, of=("self", "learner"))
    if not rows:
        return None
    return process_each(
        rows,
        lambda row: _send_records(row, now),
        postpone=lambda row, error: _postpone(row, error, now),
    )


@transaction.atomic
def _send_records(row: RecordsSent, now: datetime) -> int:
    """Send this Learner's next batch; return how many statements it had."""
    if restrictions.RESTRICTION in restrictions.find_restrictions(row.learner):
        row.due_at = now + PAUSED
        row.save()
        return 0
    batch = _batch(row, now)
    _send_batch([statement for _, statement in batch])
    row.until = batch[-1][0] if len(batch) >= BATCH_SIZE else now - SETTLED
    row.statements, row.tries = row.statements + len(batch), 0
    row.due_at = now if len(batch) >= BATCH_SIZE else now + SETTLED
    row.save()
    return len(batch)


def _postpone(row: RecordsSent, error: Exception, now: datetime) -> None:
    """Wait twice as long after each failure, whether of the store or of this Learner's records."""
    logger.warning("records.not_sent", extra=describe_error(error))
    row.refresh_from_db()
    doubled: int = 2 ** min(row.tries, 12)
    row.due_at = now + min(AGAIN * doubled, LONGEST)
    row.tries = min(row.tries + 1, MOST_TRIES)
    row.save(update_fields=["due_at", "tries"])


def _due_rows(now: datetime) -> QuerySet[RecordsSent]:
    """Return the rows of Learners with new records since `until`, the longest due first."""

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
    """Return the next statements, about MOST; those with one time stay together."""
    found: list[tuple[datetime, xapi.Statement]] = []
    for at, statement in xapi.records(row.learner, home_page(), words=False):
        if not row.until < at <= now - SETTLED:
            continue
        if len(found) >= BATCH_SIZE and at > found[-1][0]:
            break
        found.append((at, statement))
    return found


def _send_batch(statements: Sequence[xapi.Statement]) -> None:
    """Send all together; one by one if the store has one of them already, which is fine."""
    if not statements:
        return
    reply = _send_request("POST", "", statements)
    if reply.status == HTTPStatus.CONFLICT:
        for one in statements:
            again = _send_request("PUT", "?" + urlencode({"statementId": one["id"]}), one)
            _require_accepted(again.accepted or again.status == HTTPStatus.CONFLICT, again)
        return
    _require_accepted(reply.accepted, reply)


def _require_accepted(accepted: bool, reply: http_client.HttpReply) -> None:
    if not accepted:
        raise NotAccepted(str(reply.status))


def _send_request(method: str, query: str, payload: object) -> http_client.HttpReply:
    """Send one request. A redirect is not followed, since only the configured URL was approved."""
    url = urlsplit(settings.LRS_URL)
    place = urlunsplit((url.scheme, url.netloc, f"{url.path.rstrip('/')}/statements", "", ""))
    key = base64.b64encode(settings.LRS_KEY.encode()).decode()
    headers = {**VERSION, "Authorization": f"Basic {key}"}
    body = json.dumps(payload).encode()
    return http_client.send_request(method, place + query, body, headers, timeout=PATIENCE_S)
