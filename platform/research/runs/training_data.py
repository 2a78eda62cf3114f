"""The training data of a Run: a snapshot's bytes for its process's standard input, or none."""

from __future__ import annotations

from datetime import datetime

from emotion.datasets.snapshot import Snapshot, dumps
from emotion.models.registry import RECIPES, resolve
from research.datasets import dataset_snapshot
from research.runs.models import Run
from research.snapshots import snapshot_reader


def load_training_data(run: Run, *, now: datetime) -> bytes | None:
    """Return the training data; None where the process simulates its people by itself."""
    if (run.simulated and run.paper is not None) or run.data_folder:
        return None
    if run.paper is not None:
        return dumps(_load_snapshot(run, now))
    if not RECIPES[run.recipe].train_on_data:
        return None
    if run.snapshot is not None and run.snapshot.public:
        return dataset_snapshot.read_packed(run.snapshot)
    return dumps(_load_snapshot(run, now))


def _load_snapshot(run: Run, now: datetime) -> Snapshot:
    if run.simulated:
        return _simulate(run.recipe)
    if run.snapshot is None:
        raise LookupError("the snapshot of this run is no more")
    return snapshot_reader.read_examples(run.snapshot, now=now)


def _simulate(recipe: str) -> Snapshot:
    """Return simulated people with the reports or sensors this recipe needs."""
    found: Snapshot = resolve(RECIPES[recipe].simulated_data)()
    return found
