"""Ending of sessions, and of everything else that acts in a person's name.

The leaf of each token or address names who ended it: `by`, or no person if the site did.

The transaction that ends a session notifies its open sockets, which close at once. A socket also
checks its session each half second (`accounts.sessions.session_watch`), and no Block is stored for
an ended session (`telemetry.blocks.group_commit`).
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

SESSION_ENDED = {"type": "log_in.ended"}


@transaction.atomic
def end_sessions(log_ins: QuerySet[Session]) -> int:
    """End these sessions and close their sockets; return how many there were."""
    # Locked in the order that the writer of Blocks uses, so that they cannot deadlock.
    ids = list(log_ins.select_for_update().order_by("pk").values_list("pk", flat=True))
    push.notify_each([(f"log_in.{id}", SESSION_ENDED) for id in ids])
    Session.objects.filter(pk__in=ids).delete()
    return len(ids)


@transaction.atomic
def end_all(user: User, *, by: UUID | None) -> dict[str, int]:
    """End every session, API token and device key of a person; return the row counts by table."""
    tokens = end_tokens(user, by=by)
    return {**tokens, Session._meta.db_table: end_sessions(Session.objects.filter(user=user))}


@transaction.atomic
def end_links(user: User) -> dict[str, int]:
    """End the one-time link and queued mails with one; return the row counts by table."""
    links = PasswordLink.objects.filter(user=user).delete()[0]
    return {
        PasswordLink._meta.db_table: links,
        PendingMail._meta.db_table: queue.drop_links(user),
    }


@transaction.atomic
def end_tokens(user: User, *, by: UUID | None) -> dict[str, int]:
    """End every API token and device key of a person; return the row counts by table."""
    counts = api_tokens.revoke_all(user, by=by)
    for name in settings.ENDS_WITH_LOG_INS:
        counts |= import_string(name)(user, by=by)
    return counts
