"""The testbed's servers keep their ports while they are stopped."""

from __future__ import annotations

import random
import socket
from contextlib import ExitStack

import pytest

from tools.testbed import free_ports
from tools.testbed.free_ports import find_free_ports


def test_no_port_is_one_that_the_system_gives_away():
    if int(free_ports.SYSTEM_RANGE.read_text().split()[0]) < free_ports.LOWEST + 1000:
        pytest.skip("the system's range leaves too few ports below it")
    with socket.create_server(("127.0.0.1", 0)) as given:
        assert max(find_free_ports(100)) < given.getsockname()[1]


@pytest.mark.parametrize("lowest", [1024, free_ports.LOWEST + 3])
def test_the_system_chooses_where_its_range_leaves_too_few(monkeypatch, tmp_path, lowest):
    low_range = tmp_path / "range"
    low_range.write_text(f"{lowest}\t65535\n")
    monkeypatch.setattr(free_ports, "SYSTEM_RANGE", low_range)
    found = find_free_ports(20)
    assert len(set(found)) == 20
    for port in found:
        socket.create_server(("127.0.0.1", port)).close()


def test_processes_with_the_same_seed_find_different_ports():
    found = []
    for _ in range(2):
        random.seed(1)
        found.append(find_free_ports(8))
    assert found[0] != found[1]


def test_a_taken_port_is_passed_over():
    """By chance some seven of 400 ports would be drawn again."""
    with ExitStack() as held:
        taken = find_free_ports(400)
        for port in taken:
            held.enter_context(socket.create_server(("127.0.0.1", port)))
        assert not set(find_free_ports(400)) & set(taken)
