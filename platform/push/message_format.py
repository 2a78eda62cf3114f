"""The form of a hint: its type, identities, codes and counts; never text or measured values.

A hint passes through the server's memory unencrypted and reaches every listener.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

CHANNEL: Final = "attune_push"
LIMIT: Final = 7900
CODE: Final = re.compile(r"[A-Za-z0-9_.:-]{0,100}")
REREAD: Final = {"type": "push.reread"}


def pack(to: str, message: Mapping[str, object]) -> str:
    """Return the payload that carries a message to a group or a channel."""
    payload = json.dumps({"to": to, "message": validate_message(message)}, separators=(",", ":"))
    if len(payload) > LIMIT:
        raise ValueError(f"a hint has room for {LIMIT} bytes, this one is {len(payload)}")
    return payload


def unpack(payload: str) -> tuple[str, dict[str, Any]]:
    parts = json.loads(payload)
    return parts["to"], parts["message"]


def validate_message(message: Mapping[str, object]) -> dict[str, object]:
    """Return the message with UUIDs as text.

    Raises ValueError for anything but codes and counts.
    """
    if not isinstance(message.get("type"), str):
        raise ValueError(f"expected a message with a type, got the keys {sorted(message)}")
    return {name: _validate_value(name, value) for name, value in message.items()}


def _validate_value(name: str, value: object) -> object:
    if isinstance(value, (list, tuple)):
        return [_validate_value(name, item) for item in value]
    if isinstance(value, UUID):
        return str(value)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, str) and CODE.fullmatch(value):
        return value
    raise ValueError(f"{name}: expected a code, an identity or a count, got a {type(value)}")
