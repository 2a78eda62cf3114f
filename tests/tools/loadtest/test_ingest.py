"""The parts of the ingest measurement against a running site: few pages, one second."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest
from django.utils import timezone

from telemetry.models import Block
from tests.fixtures.servers.web_server import served
from tools.loadtest.ingest import client
from tools.loadtest.ingest.command import add_multiples
from tools.loadtest.ingest.copy_baseline import measure_copy
from tools.testbed import machine
from tools.testbed.open_sittings import STREAMS, make_sittings

pytestmark = pytest.mark.django_db(transaction=True)


def own_cpu():
    return machine.cpu_s(os.getpid())


def test_two_pages_are_acknowledged_and_a_second_run_continues_their_numbers(settings):
    settings.LEGAL_PROFILE = "demo"
    doors = make_sittings(2, timezone.now())
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    with served(settings) as address:
        port = int(address.rpartition(":")[2])
        tallies = [asyncio.run(client.run_pages(doors, port, 1.0, 0.1, own_cpu)) for _ in range(2)]
    for tally in tallies:
        assert tally.errors == []
        assert 2 <= tally.in_time <= len(tally.waits_s) == tally.sent
        assert tally.cpu_s > 0
    assert Block.objects.count() == len(STREAMS) * sum(tally.sent for tally in tallies)


def test_raw_copying_counts_rows_and_leaves_no_table():
    assert measure_copy(0.01) > 100
    assert measure_copy(0.01) > 100


def test_a_messages_cost_is_compared_with_the_baseline_pinned_alike():
    def row(target, cost, pinned):
        return {"target": target, "web_cpu_us_a_message": cost, "pinned": pinned}

    copied = {"target": "raw COPY", "rows_a_second": 1}
    rows = [
        row("site", 300, False), row("parsing echo", 150, False),
        row("site", 300, True), row("parsing echo", 200, True), copied,
    ]  # fmt: skip
    found = [each.get("times_the_parsing_echo") for each in add_multiples(rows)]
    assert found == [2.0, 1.0, 1.5, 1.0, None]


def test_only_the_processes_of_the_folder_are_found(tmp_path):
    assert os.getpid() in set(machine.find_processes_in(machine.Path.cwd()))
    assert os.getpid() not in set(machine.find_processes_in(tmp_path))


def test_a_process_that_has_ended_is_skipped():
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    cores = os.sched_getaffinity(0)
    try:
        machine.pin_to_cores([ended.pid, 0], {min(cores)})
        assert os.sched_getaffinity(0) == {min(cores)}
    finally:
        os.sched_setaffinity(0, cores)
