"""A port that the system gives: tests of other workers look for theirs at the same moment."""

from __future__ import annotations

import socket


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
