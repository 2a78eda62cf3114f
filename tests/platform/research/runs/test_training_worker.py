"""A Run from start to artefact; cancelled, failed, and resumed after its worker was killed."""

from __future__ import annotations

import signal
from datetime import timedelta

import pytest

from audit.models import Leaf
from courses.media.stored_file import StoreUnavailable
from estimates.models import Predictor
from estimates.registry import predictors
from privacy.erasure import erasure
from research.models import Run
from research.runs import run_requests, training_process, training_worker
from tests.platform.research.conftest import BOTH
from tests.platform.research.runs.conftest import SLOW
from vault.errors import KeystoreBusy

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(ravi, now):
    return run_requests.start("behaviour", None, ravi, now=now)


def work(now):
    return training_worker.process_due(now=lambda: now)


def test_a_run_trains_and_registers_its_result_without_use(run, trains, now, shelves):
    trains()
    assert work(now) == 1
    run.refresh_from_db()
    assert (run.state, run.epoch, run.epochs) == ("done", 2, 2)
    assert run.figures["macro_f1"] == [0.5, 0.4, 0.6]
    row = Predictor.objects.get()
    assert (str(row), row.active) == (run.artefact, False)
    assert predictors.folder_of(run.artefact).parent == shelves.LEARNED_DIR
    assert not training_worker.folder_of(run).exists()


def test_a_run_keeps_its_validation_loss_by_epoch(run, trains, now, finish):
    more = 'for epoch in (1, 2, 3):\n    say(f"epoch {epoch} of 3: validation loss 0.{epoch}")\n'
    trains(f"say('without a loss: epoch 7 of 9')\n{more}{finish()}")
    work(now)
    run.refresh_from_db()
    assert run.figures["learning_curves"] == [
        [[1, 0.1], [2, 0.2], [3, 0.3]],
        [[1, 1.0], [2, 1.0]],
    ]


def test_a_run_that_went_on_from_a_checkpoint_keeps_no_curve(run, trains, now, finish):
    """The epochs before were printed by another process, so a curve would lack its begin."""
    more = 'for epoch in (3, 4):\n    say(f"epoch {epoch} of 4: validation loss 0.{epoch}")\n'
    trains(f"say('going on after epoch 2 of 4')\n{more}{finish()}")
    work(now)
    run.refresh_from_db()
    assert run.state == "done"
    assert "learning_curves" not in run.figures


def test_a_run_without_epochs_keeps_no_curve(run, trains, now, finish):
    trains(finish().replace("validation loss 1.0", "no loss"))
    work(now)
    run.refresh_from_db()
    assert "learning_curves" not in run.figures


def test_its_start_leaves_a_leaf(run):
    leaf = Leaf.objects.get(verb="run.start")
    assert leaf.public == f"data=simulated recipe=behaviour run={run.id}"


def test_a_failed_run_is_marked_and_leaves_nothing(run, trains, now):
    trains("sys.exit(3)")
    work(now)
    run.refresh_from_db()
    assert (run.state, run.due_at, run.artefact) == ("failed", None, "")
    assert not Predictor.objects.exists()
    assert not training_worker.folder_of(run).exists()


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("sys.exit('expected at least 12 people, got 3')", "expected at least 12 people, got 3"),
        ("raise ValueError('of P007')", "training ended with 1: ValueError"),
    ],
)
def test_the_log_has_the_reason_and_no_training_data(run, trains, now, caplog, script, told):
    trains(script)
    work(now)
    assert told in caplog.text
    assert "P007" not in caplog.text


def test_one_cancelled_stops_its_process(run, trains, ravi, now, monkeypatch):
    trains(SLOW)
    seen = []

    def hear(self, seconds):
        seen.append(self.process)
        if self.epoch[0] > 1:
            run_requests.cancel(run, ravi, now=now)
        return heard(self, seconds)

    heard = training_process.TrainingProcess.read_output
    monkeypatch.setattr(training_process.TrainingProcess, "read_output", hear)
    work(now)
    run.refresh_from_db()
    assert (run.state, run.due_at) == ("cancelled", None)
    assert seen[0].returncode == -signal.SIGTERM
    assert Leaf.objects.filter(verb="run.cancel").count() == 1


def test_a_withdrawal_stops_a_running_training_and_restarts_it(
    two, freeze, ravi, mia, trains, finish, now, monkeypatch
):
    run = run_requests.start("finetune", freeze(*BOTH), ravi, now=now)
    trains("(out / 'part').write_text('of all')\n" + SLOW)
    processes, heard = [], training_process.TrainingProcess.read_output

    def hear(self, seconds):
        if self.epoch[0] > 1 and not processes:
            processes.append(self.process)
            erasure.withdraw(mia.code, ["pointer:research"], now=now)
            trains("assert not (out / 'part').exists()\n" + finish())
        return heard(self, seconds)

    monkeypatch.setattr(training_process.TrainingProcess, "read_output", hear)
    work(now)
    run.refresh_from_db()
    assert processes[0].returncode == -signal.SIGTERM
    assert (run.state, run.tries) == ("done", 1)


def test_a_waiting_run_is_cancelled_too(run, trains, ravi, now):
    trains()
    run_requests.cancel(run, ravi, now=now)
    assert work(now) == 0
    run_requests.cancel(run, ravi, now=now)
    assert Leaf.objects.filter(verb="run.cancel").count() == 1


def test_a_run_is_resumed_only_after_its_worker_died(run, trains, now):
    trains()
    assert training_worker._claim(now).tries == 1
    assert work(now + timedelta(seconds=10)) == 0
    assert work(now + training_worker.PREPARES + timedelta(seconds=1)) == 1
    run.refresh_from_db()
    assert (run.state, run.tries) == ("done", 2)


def test_the_second_worker_goes_on_in_the_folder_of_the_first(run, trains, now):
    trains("(out / 'checkpoint').write_text('epoch 3'); import os; os._exit(9)")
    row = training_worker._claim(now)
    folder = training_worker.folder_of(row)
    folder.mkdir(parents=True)
    (folder / "checkpoint").write_text("epoch 3")
    trains("assert (out / 'checkpoint').read_text() == 'epoch 3'; sys.exit(4)")
    work(now + training_worker.PREPARES + timedelta(seconds=1))
    assert Run.objects.get().state == "failed"


def test_while_one_trains_the_next_one_waits(run, ravi, trains, now):
    trains()
    training_worker._claim(now)
    run_requests.start("prior", None, ravi, now=now)
    assert work(now + timedelta(seconds=1)) == 0


def test_a_run_that_kills_every_worker_fails(run, trains, now):
    trains()
    Run.objects.update(tries=training_worker.MAX_TRIES)
    work(now)
    run.refresh_from_db()
    assert run.state == "failed"


@pytest.mark.parametrize("outage", [StoreUnavailable, KeystoreBusy])
def test_an_outage_of_files_or_keys_uses_up_no_try(run, trains, now, monkeypatch, outage):
    trains()

    def refuse(*_, **__):
        raise outage("away")

    monkeypatch.setattr(training_worker.training_data, "load_training_data", refuse)
    for number in range(2 * training_worker.MAX_TRIES):
        work(now + number * training_worker.RETRY_AFTER)
    run.refresh_from_db()
    assert (run.state, run.tries) == ("waiting", 0)


def test_it_retries_later_while_the_earlier_process_still_works(run, trains, now):
    trains(f"sys.exit('x: {training_process.BUSY}; wait')")
    training_worker._process(training_worker._claim(now), lambda: now)
    run.refresh_from_db()
    assert (run.state, run.due_at) == ("waiting", now + training_worker.RETRY_AFTER)


def test_a_process_ends_at_its_next_line_after_its_worker(trains, tmp_path):
    trains(SLOW)
    with training_process.start_training("behaviour", tmp_path, None) as training:
        while training.epoch[0] < 2:
            training.read_output(1)
        training.process.stderr.close()
        training.process.stdout.close()
        assert training.process.wait(10) != 0


def test_data_is_sent_whole_over_standard_input(trains, tmp_path):
    trains("found = sys.stdin.buffer.read(); print(json.dumps({'path': str(len(found))}))")
    with training_process.start_training("finetune", tmp_path, b"x" * 3_000_000) as training:
        while training.read_output(1):
            pass
        assert training.report() == {"path": "3000000"}


def test_too_many_that_wait_are_refused(ravi, now):
    for _ in range(run_requests.MAX_PENDING):
        run_requests.start("prior", None, ravi, now=now)
    with pytest.raises(run_requests.NotStarted, match="Four training runs"):
        run_requests.start("prior", None, ravi, now=now)
