"""Text messages that a client sends (docs/socket.md)."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from attune_client.blocks import StreamDevice

PROTOCOL_VERSION = 1
Message = dict[str, Any]


def make_hello(page: str, **fields: Any) -> Message:
    """Return the first message of a socket; `unacked` = numbers of the Blocks still kept."""
    return {"type": "hello", "version": PROTOCOL_VERSION, "page": page, **fields}


def make_event(t: float, name: str, value: float | None = None, ref: str | None = None) -> Message:
    return {"type": "event", **_identify(t), "name": name, "value": value, "ref": ref}


def make_report(t: float, label: str) -> Message:
    return {"type": "report", **_identify(t), "label": label}


def make_device(t: float, device: StreamDevice) -> Message:
    """Announce the device that gives a Stream from `t` on."""
    return {
        "type": "device",
        **_identify(t),
        "stream": device.stream,
        "backend": device.backend,
        "scale": device.scale,
    }


def make_outcome(code: str, outcome: str) -> Message:
    """Report what became of an Intervention; it has no id and is not acknowledged."""
    return {"type": "intervention.outcome", "code": code, "outcome": outcome}


def _identify(t: float) -> Message:
    return {"id": str(uuid4()), "t": max(0.0, t)}
