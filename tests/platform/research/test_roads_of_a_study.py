"""Every module that collects data for a study checks that the study was approved."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from consent.permits.errors import Refused
from research.datasets import dataset_import
from research.datasets.public_datasets import DATA_SETS, STRESS_PREDICT
from research.models import Run, Snapshot, Study
from research.runs import run_requests
from research.runs.run_requests import NotStarted
from research.snapshots import bids_export, snapshot_requests
from research.snapshots.snapshot_requests import SnapshotRequest
from tests.platform.research.conftest import STREAMS

pytestmark = pytest.mark.django_db
RESEARCH = Path(__file__).resolve().parents[3] / "platform" / "research"
# Code that creates a row of people's data or a training on it, or writes export files.
TAKES = re.compile(
    r"\b(Snapshot|SnapshotRow|Run|LabelTask|LabelItem)(\.objects\.\w*create\w*\(|\((id|recipe)=)|bids\.write_files\("
)


def ask(row, by, now):
    snapshot_requests.ask(SnapshotRequest(row.study, row.course, STREAMS, 1), by, now=now)


def bring_in(row, by, now):
    dataset_import.import_archive(row.study, DATA_SETS[STRESS_PREDICT], None, by, now=now)


def export(row, by, now):
    bids_export.export(row, by, now=now)


def train(row, by, now):
    run_requests.start("finetune", row, by, now=now)


def compute_tables(row, by, now):
    run_requests.start_tables(1, "quick", row, by, now=now)


ROADS = {
    "snapshots/snapshot_requests.py": [ask],
    "datasets/dataset_import.py": [bring_in],
    "snapshots/bids_export.py": [export],
    "runs/run_requests.py": [train, compute_tables],
}
# Rows belong to a requested Snapshot; moments to label belong to no study (ADR 0047).
ASK_NO_STUDY = {"snapshots/sealed_rows.py", "snapshots/freeze_worker.py", "labels/sampling.py"}


@pytest.fixture
def unapproved(request, freeze, willing):
    """A frozen snapshot whose study has another decision since."""
    row = freeze()
    answer = request.param
    Study.objects.update(
        answer=answer, answered_at=row.asked_at if answer else None, answered_by=None
    )
    return Snapshot.objects.get(pk=row.pk)


@pytest.mark.parametrize("unapproved", ["", "declined"], indirect=True)
def test_no_module_collects_data_for_an_unapproved_study(unapproved, ravi, now):
    for name, road in [(name, road) for name, roads in ROADS.items() for road in roads]:
        with pytest.raises((Refused, NotStarted)) as refused:
            road(unapproved, ravi, now)
        why = getattr(refused.value, "source", str(refused.value))
        assert why in {snapshot_requests.NOT_BOUND, run_requests.NOT_YOURS}, name
    assert (Snapshot.objects.count(), Run.objects.count()) == (1, 0)


def test_each_of_these_modules_works_for_an_approved_study(freeze, willing, ravi, now):
    row = freeze()
    ask(row, ravi, now)
    train(row, ravi, now)
    compute_tables(row, ravi, now)
    with pytest.raises(dataset_import.NotImported, match="Select the archive"):
        bring_in(row, ravi, now)
    with pytest.raises(Refused, match="Fewer than five"):
        export(row, ravi, now)


def test_every_module_that_collects_data_is_listed_here():
    found = {
        str(path.relative_to(RESEARCH))
        for path in RESEARCH.rglob("*.py")
        if "migrations" not in path.parts and TAKES.search(path.read_text())
    }
    assert found == {*ROADS, *ASK_NO_STUDY}
    for name in ROADS:
        assert "study_setup.may_take(" in (RESEARCH / name).read_text(), name
