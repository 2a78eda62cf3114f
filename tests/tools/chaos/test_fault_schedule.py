"""The order of faults comes from the seed, and every kind of kill is in every round."""

from __future__ import annotations

import asyncio
from random import Random

import numpy as np
import pytest

from accounts.models import User
from attune_client.blocks import BlockRows
from attune_client.messages import make_event
from tools.chaos import faults
from tools.chaos.fault_schedule import FaultPace, FaultSchedule
from tools.chaos.scenario import make_fault_round
from tools.chaos.sent_log import SentLog, hash_block
from tools.chaos.withdrawal_client import WithdrawingLearner
from tools.testbed.site import Redis, Site


@pytest.fixture
def site(tmp_path):
    return Site(environment={}, folder=tmp_path, conninfo="", rng=Random(1))


NOBODY = WithdrawingLearner(User(), None, Random(1))


def order(site, seed, points):
    return FaultSchedule([], Random(seed))._order(make_fault_round(site, [], NOBODY), points)


def names(site, seed, points):
    return [fault.name for fault in order(site, seed, points)]


def test_the_order_depends_on_the_seed_alone(site):
    assert names(site, 1, 40) == names(site, 1, 40)
    assert names(site, 1, 40) != names(site, 2, 40)


def test_every_fault_is_applied_and_there_are_enough_kills(site):
    came = order(site, 1, 100)
    assert {fault.name for fault in came} == {
        fault.name for fault in make_fault_round(site, [], NOBODY)
    }
    assert 100 <= sum(fault.kills for fault in came) < 115


def test_redis_faults_need_a_redis(site):
    assert not [name for name in names(site, 1, 20) if "edis" in name]
    site.redis = Redis(16379)
    assert {"KillRedis", "FlushRedis", "SleepRedis", "Freeze redis"} <= set(names(site, 1, 20))


def test_applying_a_fault_counts_its_kills_and_stops_it(site):
    done = []

    class Harm(faults.Fault):
        def start(self):
            done.append("start")

        def stop(self):
            done.append("stop")

    harm = Harm(site)
    harm.kills = 1
    schedule = FaultSchedule([], Random(1), FaultPace((0, 0), (1e-3, 1e-3), 0.0))
    asyncio.run(schedule.run([harm], 3, lambda line: None))
    assert done == ["start", "stop"] * 3
    assert schedule.kills == schedule.counts["Harm"] == 3


def test_a_program_that_ended_is_restarted_and_counted(site):
    class Program:
        runs = False

        def is_running(self):
            return self.runs

        def start(self):
            self.runs = True

    site.programs = {"web": Program(), "worker": Program()}
    site.programs["web"].runs = True
    schedule = FaultSchedule([], Random(1), FaultPace((0, 0), (1e-3, 1e-3), 0.0))
    asyncio.run(schedule.run([faults.Fault(site)], 0, lambda line: None))
    assert site.programs["worker"].runs
    assert site.revived == {"worker": 1}


def test_a_sent_log_remembers_acknowledged_blocks():
    ledger = SentLog()
    ledger.welcome([{"stream": "activity", "epoch": 1, "next_seq": 0}])
    ledger.add_block(BlockRows("activity", 0.0, 1.0, np.zeros((1, 4))), 4.0)
    ledger.add_block(BlockRows("gaze", 0.0, 10.0, np.zeros((1, 8))), 4.0)
    (sent,) = ledger.take_blocks(5.0)
    assert ledger.sent_numbers == {("activity", 0)}
    ledger.acknowledge("activity", 0, 7.0)
    assert ledger.acknowledged == {("activity", 0)}
    assert ledger.digests == {("activity", 0): hash_block(sent)}
    assert (ledger.acks, ledger.fresh_s) == ([(7.0, 2.0)], 4.0)
    assert ledger.is_empty()


def test_a_block_that_was_never_sent_excuses_no_other():
    ledger = SentLog()
    names = ("activity", "layout", "gaze")
    ledger.welcome([{"stream": name, "epoch": 1, "next_seq": 0} for name in names])
    for name in names:
        ledger.add_block(BlockRows(name, 0.0, 1.0, np.zeros((1, 4))), 4.0)
    ledger.take_blocks(5.0)
    ledger.add_block(BlockRows("gaze", 1.0, 1.0, np.zeros((1, 4))), 6.0)
    ledger.switch_off("gaze")
    ledger.refuse("layout", 0, "bad_values")
    assert ledger.sent_numbers == {(name, 0) for name in names}
    assert ledger.to_be_stored == {("activity", 0)}


def test_a_sent_log_remembers_every_message_and_which_are_acknowledged():
    ledger = SentLog()
    first, second = make_event(1.0, "play"), make_event(2.0, "pause")
    ledger.add_message(first)
    ledger.add_message(second)
    ledger.acknowledge_message(first["id"])
    assert ledger.messages == {second["id"]: second}
    assert ledger.sent_messages == {each["id"]: each for each in (first, second)}
    assert ledger.acknowledged_messages == {first["id"]}


def test_a_freeze_lasts_a_second_to_half_a_minute_and_most_are_short(site):
    schedule, freeze = FaultSchedule([], Random(1)), faults.Freeze(site)
    lasted = sorted(schedule._draw_duration(freeze) for _ in range(1000))
    assert 1 <= lasted[0] < 1.1
    assert 29 < lasted[-1] <= 30
    assert 4.5 < lasted[500] < 6.5
    assert 0.05 <= schedule._draw_duration(faults.KillWeb(site)) <= 0.6
