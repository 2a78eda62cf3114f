"""Finds free ports of this machine for servers that are about to start."""

from __future__ import annotations

import socket
from contextlib import ExitStack


def find_free_ports(count: int) -> list[int]:
    """Return that many different free ports."""
    with ExitStack() as held:
        found = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in found]
