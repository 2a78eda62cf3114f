"""A whole fault injection run with worker, scheduler and PostgreSQL, on a separate site."""

from __future__ import annotations

import contextlib
import json
import os
import shutil

import pytest
from django.core.management import CommandError, call_command

from tests.fixtures.servers.command_process import run_apart
from tools.chaos.command import Command
from tools.testbed import sandbox

KILLS = 300


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--clients", "1"), "at least two clients"),
        (("--kills", "-1"), "no negative number"),
        (("--inside",), "made for itself"),
    ],
)
def test_wrong_arguments_or_a_foreign_site_are_refused(arguments, said):
    with pytest.raises(CommandError, match=said) as refused:
        call_command(Command(), *arguments)
    assert refused.value.returncode == 2


def test_a_failed_run_keeps_its_logs(tmp_path, settings, monkeypatch):
    """The site is deleted; here it is empty, and the failure is a wrong argument."""
    harmed, settings.VAR = tmp_path / "harmed", tmp_path / "var"
    harmed.mkdir()
    (harmed / "worker.log").write_text("what it said last")
    around = {**os.environ, "ATTUNE_VAR": str(harmed)}
    monkeypatch.setattr(sandbox, "make_site", lambda: contextlib.nullcontext(around))
    for _ in range(2):
        assert sandbox.run_inside(["tools.chaos", "--clients=1"]) != 0
    assert (tmp_path / "var/nemesis/worker.log").read_text() == "what it said last"


@pytest.mark.long
@pytest.mark.parametrize("broker", ["pgmq", "redis"])
def test_three_hundred_kills_lose_duplicate_or_change_nothing(tmp_path, broker):
    if broker == "redis" and shutil.which("redis-server") is None:
        pytest.skip("no redis-server here: apt-get install redis-server")
    flags = ("--redis",) if broker == "redis" else ()
    done = run_apart(
        tmp_path, "tools.chaos", "--kills", str(KILLS), "--json", *flags, timeout=3600
    )  # fmt: skip
    rows = {row["row"]: row for row in json.loads(done.stdout[done.stdout.index("{\n") :])["rows"]}
    assert [(name, row["broken"]) for name, row in rows.items() if row["broken"]] == [], rows
    assert done.returncode == 0
    assert rows["storm"]["kill_points"] >= KILLS
    assert rows["storm"]["worker_killed_mid_task"] > 0
    assert rows["ledger"]["acknowledged"] > 50 * KILLS
    assert min(rows["effects"][made] for made in ("windows", "estimates", "interventions")) > 0
