"""Finds free ports of this machine for servers that are about to start."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

# Linux gives a port of this range to each program that asks for any, and to outgoing connections.
SYSTEM_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST: Final = 10_000
TRIES_FOR_EACH: Final = 50


def find_free_ports(count: int) -> list[int]:
    """Return that many different free ports, below the system's range if it leaves enough.

    So no other program takes the port of a server that is stopped and started again.
    """
    found: list[int] = []
    with ExitStack() as held:
        # 0 lets the system choose: its range may begin so low that nothing is left below.
        for port in (*_draw_ports(TRIES_FOR_EACH * count), *[0] * count):
            with suppress(OSError):
                server = held.enter_context(socket.create_server(("127.0.0.1", port)))
                found.append(server.getsockname()[1])
            if len(found) == count:
                return found
    raise OSError(f"expected {count} free ports")


def _draw_ports(count: int) -> list[int]:
    """Draw at most that many ports below the system's range."""
    below = range(LOWEST, int(SYSTEM_RANGE.read_text().split()[0]))
    # Every process of the tests has the same seed for the usual generator.
    return random.SystemRandom().sample(below, min(count, len(below)))
