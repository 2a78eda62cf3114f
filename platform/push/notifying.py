"""Speaking to a group from synchronous code, delivered when the transaction commits or never."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import connection, transaction

from push import hints
from push.layer import NotifyLayer


def notify(group: str, message: Mapping[str, object]) -> None:
    """Send a hint to every page of `group` if and when the current transaction commits."""
    layer = get_channel_layer()
    if isinstance(layer, NotifyLayer):
        layer.require_valid_group_name(group)
        tell(hints.pack(group, message))
    elif layer is not None:
        send = partial(async_to_sync(layer.group_send), group, hints.checked(message))
        transaction.on_commit(send, robust=True)


def tell(payload: str) -> None:
    """PostgreSQL holds the payload back until this connection's transaction commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [hints.CHANNEL, payload])
