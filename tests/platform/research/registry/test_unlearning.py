"""Withdrawal after a training: from the pages to a model trained without that person."""

from __future__ import annotations

import sys
from hashlib import sha256

import pytest
from django.utils import timezone

from audit.models import Leaf
from emotion import artefacts
from emotion.training import recipe
from estimates.registry import challengers, predictors, promotion_gates, training_command
from estimates.registry.promotion_gates import GateVerdict
from privacy.erasure import erasure
from research.models import Run, Snapshot, SnapshotRow
from research.registry import promotion
from research.runs import run_requests, training_process, training_worker
from tests.fixtures import factories
from tests.fixtures.emotion.small_artefacts import make_tiny
from tests.fixtures.self_reports import store_report
from tests.platform.research.conftest import BOTH, RESEARCH

pytestmark = pytest.mark.django_db
RUNS, PREDICTORS = "/research/runs/", "/research/predictors/"
# As without the extra `edge`: drawing the graph costs more than all the rest.
WITHOUT_GRAPH = """
import runpy, sys
sys.modules["emotion.edge.export"] = None
runpy.run_module("emotion.training", run_name="__main__", alter_sys=True)
"""
# One of them leaves; the fewest that can be split once for figures and once more inside.
PEOPLE = 5
# The same for all and different from the base: a few people are enough to change it.
WORDS = ("happiness", "boredom")


@pytest.fixture
def few(settings, tmp_path, monkeypatch):
    """The shipped recipe for few people: fewer splits, a weaker base, one unlabelled epoch."""
    settings.LEARNED_DIR = tmp_path / "learned"
    text = recipe.find("finetune").read_text()
    for line in ("least = 2", "outer = 2", "inner = 2", "pulls = [1]", "epochs = 1"):
        name = line.partition(" ")[0]
        text = "\n".join(line if old.startswith(f"{name} ") else old for old in text.splitlines())
    path = tmp_path / "few.toml"
    path.write_text(text + "\n")

    def command(told, out, data=""):
        assert told == "finetune"
        return [sys.executable, "-c", WITHOUT_GRAPH, str(path), str(out), data]

    monkeypatch.setattr(training_command, "command", command)


@pytest.fixture
def open_gates(monkeypatch):
    found = [GateVerdict("gain", True, "It is better.")]
    monkeypatch.setattr(promotion_gates, "judge_gates", lambda row, champion: found)


@pytest.fixture
def people(mia, course, allow, sense, now):
    """mia and others allow research on their pointer and made self-reports."""
    found = [mia, *(factories.make_user() for _ in range(PEOPLE - 1))]
    for person in found:
        factories.make_enrolment(person, course) if person != mia else None
        allow(person, *RESEARCH, now=now)
        sitting = sense(person)
        for turn, word in enumerate(WORDS):
            store_report(sitting, 31.0 + 20 * turn, word, now)
    return found


def weights_of(name):
    folder = predictors.folder_of(name)
    return sha256((folder / artefacts.WEIGHTS).read_bytes()).hexdigest()


def trained(page, snapshot):
    """Start a training on the runs page, process it, and return the result."""
    page.post(f"{RUNS}start/", {"recipe": "finetune", "data": str(snapshot.id)})
    return worked_off()


def worked_off():
    assert training_worker.process_due(now=timezone.now) == 1
    run = Run.objects.order_by("-asked_at").first()
    assert run.state == "done"
    return run


def test_retraining_equals_a_model_without_the_person_and_destroys_the_old(
    people, few, open_gates, freeze, client_for, ravi, now, django_capture_on_commit_callbacks
):
    page = client_for(ravi)
    snapshot = freeze()

    def act(name, what):
        with django_capture_on_commit_callbacks(execute=True):
            return page.post(f"{PREDICTORS}{name}/act/", {"act": what}, follow=True)

    old = trained(page, snapshot)
    learned_all = weights_of(old.artefact)
    act(old.artefact, "challenge")
    act(old.artefact, "promote")
    assert str(predictors.find_active("affect")) == old.artefact

    erasure.withdraw(people[0].code, ["pointer:research"], now=timezone.now())
    told = page.get(f"{PREDICTORS}{old.artefact}/").content.decode()
    assert "has since withdrawn consent" in told
    assert act(old.artefact, "retrain").status_code == 200
    new = worked_off()
    assert new.snapshot == snapshot
    assert new.figures["people"] == PEOPLE - 1
    looked_at = [run.figures["windows_pretrained_on"] for run in (old, new)]
    assert looked_at[1] * PEOPLE == looked_at[0] * (PEOPLE - 1) > 0
    assert "gain_of_pretraining" in new.figures

    never = trained(page, freeze())
    assert weights_of(new.artefact) == weights_of(never.artefact) != learned_all

    assert weights_of(old.artefact) == learned_all
    act(new.artefact, "challenge")
    act(new.artefact, "promote")
    assert str(predictors.find_active("affect")) == new.artefact
    assert not predictors.folder_of(old.artefact).exists()
    leaf = Leaf.objects.get(verb="predictor.destroy")
    assert old.artefact in leaf.public
    assert (
        "The weights of this model are no longer stored."
        in page.get(f"{PREDICTORS}{old.artefact}/").content.decode()
    )


class WorkerKilled(BaseException):
    """The worker was killed."""


@pytest.mark.long
def test_a_worker_killed_in_a_real_training_costs_nothing_but_time(
    people, few, freeze, client_for, ravi, monkeypatch
):
    page, snapshot = client_for(ravi), freeze(unlabelled=False)
    whole = trained(page, snapshot)
    page.post(f"{RUNS}start/", {"recipe": "finetune", "data": str(snapshot.id)})
    run = Run.objects.order_by("-asked_at").first()
    heard, kept, killed = training_process.TrainingProcess.read_output, {}, []

    def stamps():
        return {
            path: path.stat().st_mtime_ns for path in training_worker.folder_of(run).rglob("*-?.s*")
        }

    def hear(self, seconds):
        if self.epoch[0] >= 2 and not killed:
            killed.append(self.process.pid)
            self.process.kill()
            self.process.wait()
            kept.update(stamps())
            raise WorkerKilled
        if killed and self.epoch[0] == 1:
            assert kept.items() <= stamps().items()
        return heard(self, seconds)

    monkeypatch.setattr(training_process.TrainingProcess, "read_output", hear)
    with pytest.raises(WorkerKilled):
        training_worker.process_due(now=timezone.now)
    run.refresh_from_db()
    assert (run.state, len(kept) >= 2) == ("running", True)

    assert training_worker.process_due(now=timezone.now) == 0
    later = timezone.now() + training_worker.PREPARES
    assert training_worker.process_due(now=lambda: later) == 1
    run.refresh_from_db()
    assert (run.state, run.tries, run.artefact) == ("done", 2, whole.artefact)


@pytest.fixture
def learned(two, shelves, ravi):
    """`learned("one", of=snapshot)`: an artefact of that name was trained on it."""

    def made(name, of):
        run_requests.start("finetune", of, ravi, now=timezone.now())
        run = training_worker._claim(timezone.now())
        card, weights = make_tiny(name=name)
        path = artefacts.save(training_worker.folder_of(run), card=card, weights=weights)
        training_worker._store(run, path, card["figures"], timezone.now())
        return path.name

    return made


def is_there(*names):
    return [predictors.folder_of(name).is_dir() for name in names]


def test_an_unused_flagged_model_is_destroyed_after_retraining(
    learned, freeze, mia, django_capture_on_commit_callbacks
):
    row, elsewhere = freeze(*BOTH), freeze(*BOTH)
    old, other = learned("old", row), learned("other", elsewhere)
    erasure.withdraw(mia.code, ["pointer:research"], now=timezone.now())
    assert is_there(old, other) == [True, True]
    with django_capture_on_commit_callbacks(execute=True):
        new = learned("new", row)
    assert is_there(old, other, new) == [False, True, True]


def test_a_flagged_model_is_never_rolled_back_to(
    learned, freeze, shelve, mia, ravi, open_gates, client_for, django_capture_on_commit_callbacks
):
    first = str(predictors.register(shelve("prior"), now=timezone.now()))
    row = freeze(*BOTH)
    names = [learned(name, row) for name in ("one", "two")]
    for name in names:
        challengers.challenge(predictors.find_by_name(name), by=ravi.code)
        promotion.promote(predictors.find_by_name(name), ravi.code, now=timezone.now())
    erasure.withdraw(mia.code, ["pointer:research"], now=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        client_for(ravi).post(f"{PREDICTORS}rollback/", {"kind": "affect"})
    assert str(predictors.find_active("affect")) == first
    assert is_there(*names) == [False, False]


def test_deleting_a_snapshot_destroys_its_models_unless_in_use(
    learned, freeze, open_gates, predictor, ravi, client_for, django_capture_on_commit_callbacks
):
    row, elsewhere = freeze(*BOTH), freeze(*BOTH)
    mine, other = learned("mine", row), learned("other", elsewhere)
    page = client_for(ravi)

    def delete():
        with django_capture_on_commit_callbacks(execute=True):
            return page.post(f"/research/snapshots/{row.id}/delete/")

    challengers.challenge(predictors.find_by_name(mine), by=ravi.code)
    assert delete().status_code == 422
    challengers.stand_down(predictors.find_by_name(mine), by=ravi.code)
    run = run_requests.start("finetune", row, ravi, now=timezone.now())
    assert delete().status_code == 422
    run_requests.cancel(run, ravi, now=timezone.now())
    assert delete().status_code == 302
    assert not Snapshot.objects.filter(pk=row.pk).exists()
    assert set(SnapshotRow.objects.values_list("snapshot", flat=True)) == {elsewhere.id}
    assert is_there(mine, other) == [False, True]
    assert Leaf.objects.get(verb="snapshot.delete").public.endswith(f"study={row.study_id}")
    assert "Deleted snapshot" in page.get(RUNS).content.decode()
