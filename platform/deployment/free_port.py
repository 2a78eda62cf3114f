"""Finds a free port, so that a busy one is reported and skipped instead of ending the start."""

from __future__ import annotations

import socket


class NoFreePort(Exception):
    """Every port that was tried is in use."""


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def first_free(wanted: int, host: str = "127.0.0.1", tries: int = 50) -> int:
    """Return `wanted` or the next free port after it."""
    last = min(wanted + tries, 65_536)
    for port in range(wanted, last):
        if is_free(port, host):
            return port
    raise NoFreePort(f"no free port from {wanted} to {last - 1} on {host}")
