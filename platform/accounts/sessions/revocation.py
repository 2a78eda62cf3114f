"""Ending log-ins, and with them what else acts in a person's name.

The leaf of each token or address names who ended it: `by`, or no person where the site did.

The transaction that ends a log-in tells its open sockets, which close at once. A socket also looks
again each half second (`accounts.sessions.session_watch`), and no Block is stored for a log-in that
has ended (`telemetry.blocks.group_commit`).
"""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils.module_loading import import_string

import push
from accounts.api_tokens import api_tokens
from accounts.mail import queue
from accounts.models import PasswordLink, PendingMail, Session, User

ENDED = {"type": "log_in.ended"}


@transaction.atomic
def end(log_ins: QuerySet[Session]) -> int:
    """End these log-ins and close their sockets; return how many there were."""
    # In one order, as the writer of Blocks locks them: neither waits for the other in a ring.
    ids = list(log_ins.select_for_update().order_by("pk").values_list("pk", flat=True))
    push.notify_each([(f"log_in.{id}", ENDED) for id in ids])
    Session.objects.filter(pk__in=ids).delete()
    return len(ids)


@transaction.atomic
def end_all(user: User, *, by: UUID | None) -> dict[str, int]:
    """End every log-in, API token and device key of a person; return their number, by table."""
    tokens = end_tokens(user, by=by)
    return {**tokens, Session._meta.db_table: end(Session.objects.filter(user=user))}


@transaction.atomic
def end_links(user: User) -> dict[str, int]:
    """End the one-time link, and those that wait to be mailed; return their number, by table."""
    links = PasswordLink.objects.filter(user=user).delete()[0]
    return {
        PasswordLink._meta.db_table: links,
        PendingMail._meta.db_table: queue.drop_links(user),
    }


@transaction.atomic
def end_tokens(user: User, *, by: UUID | None) -> dict[str, int]:
    """End every API token and device key of a person; return their number, by table."""
    counts = api_tokens.end_all(user, by=by)
    for name in settings.ENDS_WITH_LOG_INS:
        counts |= import_string(name)(user, by=by)
    return counts
