"""Sending to a group from synchronous code, delivered when the transaction commits or never."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

from push import message_format
from push.postgres_layer import NotifyLayer, send_payloads


def notify(group: str, message: Mapping[str, object]) -> None:
    """Send a hint to every page of `group` if and when the current transaction commits."""
    notify_each([(group, message)])


def notify_each(hints: Sequence[tuple[str, Mapping[str, object]]]) -> None:
    """Send hints to several groups, by one statement."""
    layer = get_channel_layer() if hints else None
    if isinstance(layer, NotifyLayer):
        for group, _ in hints:
            layer.require_valid_group_name(group)
        send_payloads(*(message_format.pack(group, message) for group, message in hints))
    elif layer is not None:
        for group, message in hints:
            send = partial(
                async_to_sync(layer.group_send), group, message_format.validate_message(message)
            )
            transaction.on_commit(send, robust=True)
