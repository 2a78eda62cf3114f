"""The order of faults comes from the seed, and every kind of kill comes in every round."""

from __future__ import annotations

import asyncio
from random import Random

import pytest

from accounts.models import User
from demo.simulated_learners.sensor_data import Cut
from tools.chaos import faults
from tools.chaos.fault_schedule import Pace, Storm
from tools.chaos.scenario import every_fault
from tools.chaos.sent_log import Ledger, digest
from tools.chaos.withdrawal_client import Waverer
from tools.testbed.site import Redis, Site


@pytest.fixture
def site(tmp_path):
    return Site(environment={}, folder=tmp_path, conninfo="", rng=Random(1))


NOBODY = Waverer(User(), None, Random(1))


def order(site, seed, points):
    return Storm([], Random(seed))._order(every_fault(site, [], NOBODY), points)


def names(site, seed, points):
    return [fault.name for fault in order(site, seed, points)]


def test_the_same_seed_gives_the_same_order_and_another_one_another(site):
    assert names(site, 1, 40) == names(site, 1, 40)
    assert names(site, 1, 40) != names(site, 2, 40)


def test_every_fault_comes_and_enough_of_them_kill(site):
    came = order(site, 1, 100)
    assert {fault.name for fault in came} == {fault.name for fault in every_fault(site, [], NOBODY)}
    assert 100 <= sum(fault.kills for fault in came) < 115


def test_redis_is_harmed_only_where_there_is_one(site):
    assert not [name for name in names(site, 1, 20) if "edis" in name]
    site.redis = Redis(16379)
    assert {"KillRedis", "FlushRedis", "SleepRedis", "Freeze redis"} <= set(names(site, 1, 20))


def test_a_strike_counts_its_kills_and_heals(site):
    done = []

    class Harm(faults.Fault):
        def start(self):
            done.append("start")

        def stop(self):
            done.append("stop")

    harm = Harm(site)
    harm.kills = 1
    storm = Storm([], Random(1), Pace((0, 0), (1e-3, 1e-3), 0.0))
    asyncio.run(storm.rage([harm], 3, lambda line: None))
    assert done == ["start", "stop"] * 3
    assert storm.kills == storm.counts["Harm"] == 3


def test_what_ended_by_itself_is_started_anew_and_counted(site):
    class Program:
        runs = False

        def is_running(self):
            return self.runs

        def start(self):
            self.runs = True

    site.programs = {"web": Program(), "worker": Program()}
    site.programs["web"].runs = True
    storm = Storm([], Random(1), Pace((0, 0), (1e-3, 1e-3), 0.0))
    asyncio.run(storm.rage([faults.Fault(site)], 0, lambda line: None))
    assert site.programs["worker"].runs
    assert site.revived == {"worker": 1}


def test_a_ledger_remembers_what_it_let_go():
    ledger = Ledger()
    ledger.welcome([{"stream": "activity", "epoch": 1, "next_seq": 0}])
    ledger.add(Cut("activity", 0.0, 1.0, 1, 4, bytes(16)))
    ledger.add(Cut("gaze", 0.0, 10.0, 1, 8, bytes(32)))
    (sent,) = ledger.take(5.0)
    assert ledger.went == {("activity", 0)}
    ledger.acknowledge("activity", 0, 7.0)
    assert ledger.acknowledged == {("activity", 0)}
    assert ledger.digests == {("activity", 0): digest(sent)}
    assert ledger.acks == [(7.0, 2.0)]
    assert ledger.empty()


def test_a_freeze_lasts_a_second_to_half_a_minute_and_most_are_short(site):
    storm, freeze = Storm([], Random(1)), faults.Freeze(site)
    lasted = sorted(storm._seconds(freeze) for _ in range(1000))
    assert 1 <= lasted[0] < 1.1
    assert 29 < lasted[-1] <= 30
    assert 4.5 < lasted[500] < 6.5
    assert 0.05 <= storm._seconds(faults.KillWeb(site)) <= 0.6
