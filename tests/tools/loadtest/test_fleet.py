"""Sites keep their limits, hosts hold all sites, and prices are marked as assumed."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.loadtest.test_queues import COSTS
from tools.loadtest.sizing import fleet
from tools.loadtest.sizing.command import Command
from tools.loadtest.sizing.costs import Prices, read_costs


@pytest.mark.parametrize("learners", [1, 200, 3000])
def test_a_site_keeps_its_limits(learners):
    found = fleet.size_site(learners, COSTS)
    assert found.ack_p99_ms <= 250
    assert found.offer_p95_ms <= 2500
    assert found.webs >= learners * COSTS.web_us / 1e6


def test_a_higher_cost_adds_processes_of_its_kind_only():
    usual = fleet.size_site(3000, COSTS)
    slow_pages = fleet.size_site(3000, replace(COSTS, web_us=4 * COSTS.web_us))
    slow_guesses = fleet.size_site(3000, replace(COSTS, window_ms=4 * COSTS.window_ms))
    assert slow_pages.webs > usual.webs
    assert slow_pages.workers == usual.workers
    assert slow_guesses.workers > usual.workers
    assert slow_guesses.webs == usual.webs


def made(cores):
    return fleet.SiteSize(
        learners=1, webs=1, workers=0, database_cores=cores - 1, ack_p99_ms=1, offer_p95_ms=1,
        memory_gb=1,
    )  # fmt: skip


@given(st.lists(st.floats(1, 100), min_size=1, max_size=30))
def test_hosts_hold_every_site(sizes):
    least = sum(sizes) / fleet.HOST_CORES
    assert least - 1e-6 <= fleet.count_hosts([made(size) for size in sizes]) <= 2 * least + 1


def test_institutions_add_up_to_the_learners_asked_for():
    sizes = fleet.draw_institutions(100_000, seed=3)
    assert sum(sizes) == 100_000
    assert (
        sizes
        == fleet.draw_institutions(100_000, seed=3)
        != fleet.draw_institutions(100_000, seed=4)
    )


def test_a_learner_hour_costs_what_its_parts_cost():
    sites = [replace(made(10), learners=1000, workers=4)]
    costs = replace(COSTS, stored_mb_hour=10)
    money = fleet.price_learner_hour(
        sites, costs, Prices(core_hour=1, gb_month=1, kept_days=365 / 12)
    )
    assert money["web and database"] == pytest.approx(10 / 1000)
    assert money["workers"] == pytest.approx(4 / 1000)
    assert money["storage"] == pytest.approx(0.01, rel=0.01)


def run_command(*arguments):
    out = io.StringIO()
    call_command(Command(), *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_the_command_names_the_machine_and_its_assumptions():
    found = run_command("--learners", "100", "400")
    assert read_costs().where in found["protocol"]
    assert "prices are assumed" in found["protocol"]
    assert [row["learners"] for row in found["rows"]] == [100, 400]


def test_the_command_adds_up_a_fleet():
    (row,) = run_command("--fleet", "20000")["rows"]
    assert row["hosts"] * fleet.HOST_CORES >= row["cores"]
    assert any("not measured" in name for name in row)


def test_zero_learners_are_refused():
    with pytest.raises(CommandError):
        call_command(Command(), "--learners", "0")
