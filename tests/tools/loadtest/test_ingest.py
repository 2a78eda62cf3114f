"""The parts of the ingest measurement against a running site: few pages, one second."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from config.embedded_postgres.launcher import Server
from telemetry.models import Block
from tests.fixtures.servers.openbao_server import require_openbao
from tests.fixtures.servers.web_server import served
from tools.loadtest.ingest import client, keystore_pairs
from tools.loadtest.ingest.command import Command, add_multiples
from tools.loadtest.ingest.copy_baseline import measure_copy
from tools.testbed import environment, machine, openbao_server
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


class InventedSite:
    """A site whose runs give the next of these messages a second."""

    def __init__(self, keystore, *rates):
        self.keystore, self.rates, self.seconds = keystore, list(rates), []

    def measure(self, *, seconds, every_s, pin):
        self.seconds.append(seconds)
        rate = self.rates.pop(0)
        return {
            "keystore": self.keystore, "target": "site", "messages_a_second": rate,
            "web_cpu_us_a_message": 100,
            "not_acknowledged": int(rate == 0), "errors": [], "pinned": pin,
        }  # fmt: skip


def measure_invented(file, database, pairs=3):
    sites = (InventedSite("file", 1, *file), InventedSite("database", 1, *database))
    rows = keystore_pairs.measure_pairs(sites, pairs, seconds=20, every_s=0.05, pin=False)
    return sites, list(rows)


def test_the_keystores_take_turns_after_a_run_that_does_not_count():
    (file, database), rows = measure_invented([100, 200, 100], [90, 190, 99])
    order = ["file", "database", "database", "file", "file", "database"]
    assert [row["keystore"] for row in rows if "keystore" in row] == order
    assert file.seconds == database.seconds == [3.0, 20, 20, 20]
    assert [row["ratio"] for row in rows if "ratio" in row] == [0.9, 0.95, 0.99, 0.95]


@pytest.mark.parametrize(("rate", "within"), [(89, False), (90, True), (120, True)])
def test_a_database_may_acknowledge_a_tenth_less_than_a_file(rate, within):
    _, rows = measure_invented([100, 100, 100], [rate, rate, 1])
    assert rows[-1]["ratio"] == rate / 100
    assert rows[-1]["within_10_percent"] is within


@pytest.mark.parametrize("rate", [50, 0])
def test_the_command_prints_the_pairs_and_fails_for_lost_messages_only(monkeypatch, capsys, rate):
    sites = (InventedSite("file", 1, 100), InventedSite("database", 1, rate))
    monkeypatch.setattr(keystore_pairs, "run_sites", lambda learners: contextlib.nullcontext(sites))
    lost = pytest.raises(SystemExit) if rate == 0 else contextlib.nullcontext()
    with lost:
        call_command(Command(), "--keystore-pairs=1", "--json")
    report = json.loads(capsys.readouterr().out)
    assert "OpenBao" in report["protocol"]
    rows = report["rows"]
    assert [row.get("keystore") or row["target"] for row in rows] == [
        "file", "database", keystore_pairs.PAIR, keystore_pairs.MEDIAN,
    ]  # fmt: skip


def test_a_ratio_is_rounded_only_where_it_is_printed():
    _, rows = measure_invented([10_000], [8_996], pairs=1)
    assert (rows[-1]["ratio"], rows[-1]["within_10_percent"]) == (0.9, False)


@pytest.mark.parametrize("number", [0, -1])
def test_no_pairs_are_refused_before_a_site_is_made(monkeypatch, number):
    monkeypatch.setattr(keystore_pairs, "make_site", pytest.fail)
    with pytest.raises(CommandError, match="one pair or more") as refused:
        call_command(Command(), f"--keystore-pairs={number}")
    assert refused.value.returncode == 2


def test_a_missing_key_service_is_named_before_a_site_is_made(monkeypatch):
    monkeypatch.setattr(keystore_pairs, "make_site", pytest.fail)
    monkeypatch.setattr(openbao_server, "PROGRAM", "no-such-program")
    with pytest.raises(CommandError, match="OpenBao is not installed") as refused:
        call_command(Command(), "--keystore-pairs=1")
    assert refused.value.returncode == 2


def test_a_site_of_its_own_inherits_nothing_of_the_developers(monkeypatch):
    names = ("KEYSTORE_DIR", "KEYSTORE_TRANSIT_URL", "DATABASE_URL", "MEDIA_S3_URL", "REDIS_URL")
    for name in (*names, "ATTUNE_LOG_FORMAT"):
        monkeypatch.setenv(name, "of the developer")
    inherited = environment.inherit_variables()
    assert not set(names) & set(inherited)
    assert inherited["ATTUNE_LOG_FORMAT"] == "of the developer"


@pytest.mark.long
def test_both_keystores_are_measured_and_one_has_its_keys_in_a_database(settings, tmp_path):
    require_openbao()
    settings.PRIVATE_POSTGRES = Server(tmp_path)
    with keystore_pairs.run_sites(5) as sites:
        rows = list(keystore_pairs.measure_pairs(sites, 1, seconds=1, every_s=0.05, pin=False))
        file, database = (site.environment for site in sites)
        with psycopg.connect(database["KEYSTORE_DATABASE_URL"]) as connection:
            ((stored,),) = connection.execute("SELECT count(*) FROM key").fetchall()
    assert all(row["messages"] > 0 and not row["errors"] for row in rows[:2])
    assert stored >= 5 * len(STREAMS)
    assert not [name for name in file if name.startswith("KEYSTORE_")]
