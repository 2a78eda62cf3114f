"""Hosts reach each other unless they are cut off, and a dead host says nothing.

Tests that make network interfaces are marked `long`: a browser on the same machine ends its
requests with ERR_NETWORK_CHANGED, so they must not run beside the tests of pages.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest

from tools.hosts import network

PORT = 7000
LISTEN = (
    "import socket, sys; s = socket.create_server((sys.argv[1], 7000));"
    "print('ready', flush=True); [s.accept() for _ in iter(int, 1)]"
)


@contextmanager
def listener_on(host):
    """A program that listens on a host; it may be killed meanwhile."""
    with network.on_host(host):
        running = subprocess.Popen(
            [sys.executable, "-c", LISTEN, network.ADDRESSES[host]],
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert running.stdout.readline() == "ready\n"
    try:
        yield running
    finally:
        running.kill()
        running.wait()
        running.stdout.close()


def reach(host, *, start):
    """Connect from one host to another one; raises OSError."""
    with network.on_host(start):
        socket.create_connection((network.ADDRESSES[host], PORT), timeout=1).close()


@pytest.mark.long
def test_hosts_and_the_machine_reach_each_other(hosts):
    with listener_on("db1"):
        reach("db1", start="web1")
        socket.create_connection((network.ADDRESSES["db1"], PORT), timeout=1).close()


@pytest.mark.long
def test_a_cut_is_silent_concerns_two_hosts_only_and_heals(hosts):
    with listener_on("db1"):
        network.cut("web1", "db1")
        with pytest.raises(TimeoutError):
            reach("db1", start="web1")
        reach("db1", start="web2")
        network.heal("web1", "db1")
        reach("db1", start="web1")


@pytest.mark.long
def test_a_host_without_cable_is_silent(hosts):
    with listener_on("db1"):
        network.set_link("db1", up=False)
        with pytest.raises(OSError, match=r"timed out|No route|unreachable"):
            reach("db1", start="web1")
        network.set_link("db1", up=True)
        reach("db1", start="web1")


@pytest.mark.long
def test_killing_a_host_kills_all_its_processes_and_no_other(hosts):
    with listener_on("web1") as mine, listener_on("web2"):
        assert network.kill_processes("web1") == 1
        assert mine.wait(5) != 0
        assert network.find_processes("web1") == []
        reach("web2", start="web1")


@pytest.mark.long
def test_a_thread_is_back_on_the_machine_afterwards(hosts):
    with network.on_host("web1"):
        assert [name for _, name in socket.if_nameindex()] == ["lo", "eth0"]
    assert network.BRIDGE in [name for _, name in socket.if_nameindex()]


@pytest.mark.long
def test_leftovers_of_a_killed_run_are_removed(hosts):
    with listener_on("web1") as left:
        network.remove_network()
        assert left.wait(5) != 0
    assert not network.namespace_file("web1").exists()
    assert network.BRIDGE not in [name for _, name in socket.if_nameindex()]


@pytest.mark.long
def test_a_second_run_takes_no_hosts_from_the_first(hosts):
    with (
        pytest.raises(network.CannotMakeHosts, match="another run"),
        network.keep_network(),
    ):
        raise AssertionError
    assert network.namespace_file("web1").exists()


def test_without_root_it_says_so(monkeypatch):
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert "root" in network.find_obstacle()
