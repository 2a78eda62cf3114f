"""A short run of the command on a separate site, and its counts for invented Windows."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from adaptation.models import Intervention
from demo.simulated_learners import stats
from deployment import processes
from telemetry import windows
from telemetry.models import Window
from tests.fixtures.models.estimates import make_predictor_row, sensed_twice, store_estimate
from tests.fixtures.servers.command_process import run_apart
from tools.loadtest.offers import measurement
from tools.loadtest.offers.command import Command

sitting = sensed_twice


@pytest.mark.long
def test_every_window_of_a_short_run_is_processed_and_timed(tmp_path):
    options = ("--learners", "8", "--minutes", "0.6", "--json")
    done = run_apart(tmp_path, "tools.loadtest", "offers", *options)

    report = json.loads(done.stdout)
    found = {row["figure"]: row["value"] for row in report["rows"]}
    assert done.returncode == 0, done.stderr
    assert (report["name"], found["blocks_lost"], found["windows_waiting"]) == (
        "bench_offers",
        0,
        0,
    )
    assert found["windows_estimated"] > 20
    assert found["window_end_to_estimate_on_page_p95"] > 1000
    assert 50 < found["rss_web"] < found["rss_worker"]


@pytest.fixture
def started(monkeypatch, tmp_path, settings):
    """The processes that a site starts, by name."""
    found = {}

    class InventedSupervisor:
        def __init__(self, *_):
            self.running = {}

        def start(self, process):
            assert process.name not in self.running, "the first would be orphaned"
            found[process.name] = process
            self.running[process.name] = (process, SimpleNamespace(pid=len(self.running)))

        def stop(self, _order):
            pass

    settings.VAR = tmp_path
    monkeypatch.setattr(measurement, "Supervisor", InventedSupervisor)
    monkeypatch.setattr(measurement, "wait_until_ready", lambda _port: None)
    return found


def test_further_workers_are_the_live_workers_of_the_guide(started):
    with measurement.run_site("http://127.0.0.1:18400", workers=3) as pids:
        assert set(pids) == set(started) == {"web", "worker", "beat", "worker_2", "worker_3"}
    deployed = processes.make_worker({}, queues="live").command
    assert started["worker_2"].command == started["worker_3"].command == deployed
    assert "live,slow" in started["worker"].command


def test_a_site_without_a_worker_has_only_its_web_process(started):
    with measurement.run_site("http://127.0.0.1:18400", workers=0) as pids:
        assert set(pids) == {"web"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--learners", "0"), "expected learners"),
        (("--minutes", "0"), "a time"),
        (("--workers", "0"), "a worker"),
        (("--inside",), "made for itself"),
    ],
)
def test_wrong_arguments_or_a_foreign_site_are_refused(arguments, said):
    with pytest.raises(CommandError, match=said) as refused:
        call_command(Command(), *arguments)
    assert refused.value.returncode == 2


@pytest.mark.django_db
def test_each_due_window_is_counted_once(sitting, now):
    states = ("done", "late", "late", "pending", "helped", "pending")
    for cut, state in enumerate(states):
        due = now + timedelta(hours=1 if cut == 5 else 0)
        Window.objects.create(sitting=sitting, cut=cut, state=state, due_at=due)
    predictor = make_predictor_row("affect", "a")
    for cut in (2, 4):
        store_estimate(sitting, cut, predictor, now, INTEREST=0.9)

    found = stats.count_windows([sitting.id], now + timedelta(seconds=6))

    assert found == {"estimated": 2, "late": 1, "not_sensed": 1, "waiting": 1}


@pytest.mark.django_db
def test_an_offers_time_counts_from_the_end_of_its_window(sitting, now):
    assert stats.measure_offer_delays({uuid.uuid4(): 50.0}) == []
    row = Intervention.objects.create(
        sitting=sitting, learner=sitting.learner, rule="R1", version=1, cut=8, kind="hint",
        probability=1, delivered=True, sealed=b"",
    )  # fmt: skip
    assert stats.measure_offer_delays({row.code: windows.span(8)[1] + 1.5}) == [1.5]
