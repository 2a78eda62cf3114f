"""The command itself, for twenty seconds on its own site."""

from __future__ import annotations

import json

import pytest
from django.core.management import CommandError, call_command

from tests.fixtures.servers.command_process import run_apart
from tools.loadtest.soak.command import Command


@pytest.mark.long
def test_twenty_seconds_lose_nothing_and_print_their_rows(tmp_path):
    options = ("--minutes", "0.35", "--learners", "10", "--json")
    done = run_apart(tmp_path, "tools.loadtest", "soak", *options)
    report = json.loads(done.stdout[done.stdout.index("{\n") :])
    assert report["name"] == "soak"
    *samples, verdict = report["rows"]
    assert len(samples) == 3
    assert all(sample["acked"] > 100 and sample["online"] == 10 for sample in samples)
    assert verdict["lost"] == 0, done.stderr
    # So short a run still warms up: only its memory check may fail.
    assert done.returncode in (0, 1)
    assert {name for name in verdict["broken"] if not name.startswith("rss_")} == set()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--minutes", "0"), "expected a time"),
        (("--minutes", "1", "--learners", "0"), "at least one learner"),
        (("--minutes", "1", "--inside"), "made for itself"),
    ],
)
def test_wrong_arguments_or_a_foreign_site_are_refused(arguments, said):
    with pytest.raises(CommandError, match=said) as refused:
        call_command(Command(), *arguments)
    assert refused.value.returncode == 2
