"""A busy port is skipped."""

from __future__ import annotations

import socket

import pytest

from deployment import free_port


@pytest.fixture
def busy():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_busy_port_is_skipped_for_the_next_free_one(busy):
    assert not free_port.is_free(busy)
    found = free_port.first_free(busy)
    assert busy < found < busy + 50
    assert free_port.is_free(found)


def test_a_free_port_is_used_as_wanted(busy):
    found = free_port.first_free(busy)
    assert free_port.first_free(found) == found


def test_no_free_port_is_reported(busy):
    with pytest.raises(free_port.NoFreePort, match=str(busy)):
        free_port.first_free(busy, tries=1)
