"""The cost of each part is charged to it alone, and a short run of the command on its own site."""

from __future__ import annotations

import json
import time
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tests.fixtures.servers.command_process import run_apart
from tools.loadtest.windows.command import Command
from tools.loadtest.windows.cost_meter import CostMeter, MeteredCall, find_backend


def ask():
    with connection.cursor() as cursor:
        cursor.execute("SELECT sum(n) FROM generate_series(1, 200000) n")


@pytest.mark.django_db
def test_time_and_statements_are_charged_to_the_innermost_part():
    def outer():
        ask()
        owner.inner()
        ask()

    owner = SimpleNamespace(outer=outer, inner=lambda: [ask(), time.sleep(0.05)])
    calls = (
        MeteredCall(owner, "outer", "outer"),
        MeteredCall(owner, "inner", lambda *arguments: "inner"),
    )
    meter = CostMeter(find_backend())

    with meter.running(calls):
        owner.outer()

    assert (meter.costs["outer"].statements, meter.costs["inner"].statements) == (2, 1)
    assert meter.costs["inner"].wall_s > 0.05
    assert meter.costs["inner"].worker_s < 0.04
    assert meter.costs["outer"].postgres_s > 1.2 * meter.costs["inner"].postgres_s > 0
    assert owner.outer is outer


@pytest.mark.parametrize(
    ("arguments", "said"), [(("--learners", "0"), "expected learners"), (("--inside",), "made for")]
)
def test_wrong_arguments_or_a_foreign_site_are_refused(arguments, said):
    with pytest.raises(CommandError, match=said):
        call_command(Command(), *arguments)


@pytest.mark.long
def test_a_short_run_names_the_cost_of_each_part(tmp_path):
    options = ("--learners", "6", "--minutes", "1.2", "--json")
    done = run_apart(tmp_path, "tools.loadtest", "windows", *options)

    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["rows"]
    parts = {row["part"]: row for row in rows if "part" in row}
    assert {"read Blocks", "features and forward, affect", "rules", "all"} <= parts.keys()
    assert parts["all"]["worker_ms"] > parts["rules"]["worker_ms"] > 0
    (counts,) = (row for row in rows if "estimates" in row)
    assert counts["estimates"]["affect"] > 20
    assert counts["late"] == 0
