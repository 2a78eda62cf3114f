"""A whole site over hosts: it starts, loses hosts, and keeps what it acknowledged."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from random import Random
from types import SimpleNamespace

import pytest

from tests.fixtures.servers.command_process import run_apart
from tools.hosts import network
from tools.hosts.command import describe_moves
from tools.hosts.faults import (
    FROZEN_S,
    MOVED_WITHIN_S,
    PAIRS,
    FreezeHost,
    KillHost,
    NothingToDraw,
    Promote,
    draw_faults,
)
from tools.hosts.hosted_site import find_host, list_programs
from tools.hosts.load_balancer import PROGRAM, LoadBalancer
from tools.hosts.topology import WEB_HOSTS, WORK_HOSTS


def test_every_program_belongs_to_its_host():
    for host in (*WEB_HOSTS, *WORK_HOSTS):
        assert {find_host(name) for name in list_programs(host)} == {host}
    beats = [name for host in WORK_HOSTS for name in list_programs(host) if "beat" in name]
    assert len(beats) == len(WORK_HOSTS)


def test_every_pair_of_hosts_is_parted_once_a_round():
    assert len(PAIRS) == len(set(PAIRS)) == 36
    assert all(one in network.ADDRESSES and one != other for one, other in PAIRS)


def draw(*, kills=30, cuts=0, only=""):
    return draw_faults(None, ["a page"], None, kills=kills, cuts=cuts, rng=Random(1), only=only)


def test_every_kind_of_fault_is_drawn_in_a_long_run_and_freezes_have_a_bound():
    drawn = draw(kills=100, cuts=36)
    assert {fault.name for fault in drawn} >= {
        "Promote", "KillPrimary", "KillStandby", "FullDisk", "KillHost keys", "KillHost work2",
        "Kill beat2", "FreezeHost db1", "FreezeHost web2", "Cut web1 db1",
    }  # fmt: skip
    assert sum(fault.kills for fault in drawn) == 100
    assert {each.lasts_s for each in drawn if isinstance(each, FreezeHost)} == {FROZEN_S}


def test_only_the_named_kills_are_drawn_and_an_unknown_name_is_refused():
    drawn = draw(only="KillHost")
    assert {fault.name for fault in drawn if fault.kills} == {
        f"KillHost {host}" for host in (*WEB_HOSTS, *WORK_HOSTS, "proxy", "keys", "s3")
    }
    assert not [fault for fault in drawn if isinstance(fault, FreezeHost)]
    assert [fault for fault in draw(only="FreezeHost") if isinstance(fault, FreezeHost)]
    assert {fault.name for fault in draw(only="Promote,KillS") if fault.kills} == {
        "Promote", "KillStandby",
    }  # fmt: skip
    with pytest.raises(NothingToDraw, match="KilHost"):
        draw(only="KilHost")


def test_a_move_is_measured_only_where_a_web_host_dies():
    moving = {each.host for each in draw() if isinstance(each, KillHost) and each.pages}
    assert moving == set(WEB_HOSTS)


@pytest.mark.parametrize(("seconds", "broken"), [(0.4, False), (MOVED_WITHIN_S, True)])
def test_pages_that_no_other_host_answered_are_a_broken_guarantee(seconds, broken):
    fault = Promote(None, ())
    fault.moved_s += [0.1, seconds]
    assert describe_moves([fault])["broken"] == ([fault.name] if broken else [])


def test_a_move_is_measured_from_the_death_of_the_primary():
    def promote():
        time.sleep(0.3)
        page.outbox.fresh_s = time.monotonic()

    page = SimpleNamespace(outbox=SimpleNamespace(fresh_s=0.0))
    databases = SimpleNamespace(promote=promote)
    fault = Promote(SimpleNamespace(topology=SimpleNamespace(databases=databases)), [page])
    fault.start()
    assert 0.3 <= fault.moved_s[0] < 5


def test_haproxy_accepts_the_configuration(tmp_path):
    if shutil.which(PROGRAM) is None:
        pytest.skip("HAProxy is not installed")
    file = LoadBalancer("proxy", tmp_path, WEB_HOSTS).write_configuration()
    done = subprocess.run(
        [PROGRAM, "-c", "-f", str(file)], capture_output=True, text=True, check=False
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
