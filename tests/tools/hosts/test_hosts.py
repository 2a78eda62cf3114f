"""A whole site over hosts: it starts, loses hosts, and keeps what it acknowledged."""

from __future__ import annotations

import json
import subprocess

import pytest

from tests.fixtures.servers.command_process import run_apart
from tools.hosts import network
from tools.hosts.faults import PAIRS
from tools.hosts.hosted_site import find_host, list_programs
from tools.hosts.load_balancer import LoadBalancer
from tools.hosts.topology import WEB_HOSTS, WORK_HOSTS


def test_every_program_belongs_to_its_host():
    for host in (*WEB_HOSTS, *WORK_HOSTS):
        assert {find_host(name) for name in list_programs(host)} == {host}
    beats = [name for host in WORK_HOSTS for name in list_programs(host) if "beat" in name]
    assert len(beats) == len(WORK_HOSTS)


def test_every_pair_of_hosts_is_parted_once_a_round():
    assert len(PAIRS) == len(set(PAIRS)) == 36
    assert all(one in network.ADDRESSES and one != other for one, other in PAIRS)


def test_haproxy_accepts_the_configuration(tmp_path):
    if why := network.find_obstacle():
        pytest.skip(why)
    file = LoadBalancer("proxy", tmp_path, WEB_HOSTS).write_configuration()
    done = subprocess.run(
        ["haproxy", "-c", "-f", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.long
@pytest.mark.usefixtures("_with_programs", "_with_hosts")
def test_a_site_over_hosts_loses_nothing_when_hosts_die_and_are_parted(tmp_path):
    """One round of a few faults: the command's own checkers say what broke."""
    words = ["--kills=6", "--partitions=2", "--clients=2", "--seed=3", "--json"]
    done = run_apart(tmp_path, "tools.hosts", *words, timeout=1800)
    assert done.stdout, done.stderr[-2000:]
    rows = {row["row"]: row for row in json.loads(done.stdout)["rows"]}
    assert rows["ledger"]["broken"] == rows["effects"]["broken"] == [], rows
    assert rows["audit"]["broken"] == rows["consent"]["broken"] == [], rows
    assert rows["erasure"]["broken"] == [], rows
    assert rows["storm"]["kill_points"] == 6
    assert rows["moves"]["cuts"] == 2
    assert rows["ledger"]["acknowledged"] > 100
