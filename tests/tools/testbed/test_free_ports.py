"""The testbed's servers keep their ports while they are stopped."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack

from tools.testbed.free_ports import find_free_ports


def test_no_port_is_one_that_the_system_gives_away():
    with socket.create_server(("127.0.0.1", 0)) as given:
        assert max(find_free_ports(100)) < given.getsockname()[1]


def test_processes_with_the_same_seed_find_different_ports():
    found = []
    for _ in range(2):
        random.seed(1)
        found.append(find_free_ports(8))
    assert found[0] != found[1]


def test_a_taken_port_is_passed_over():
    """Of 400 servers that keep their ports, one would be found again by chance."""
    with ExitStack() as held:
        taken = find_free_ports(400)
        for port in taken:
            held.enter_context(socket.create_server(("127.0.0.1", port)))
        assert not set(find_free_ports(400)) & set(taken)
