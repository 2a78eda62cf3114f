"""What a Run learns from: a snapshot's bytes for its process's standard input, or nothing."""

from __future__ import annotations

from datetime import datetime

from emotion.datasets.snapshot import Snapshot, dumps
from emotion.simulate import institution, sam_ratings, wearables
from research.datasets import dataset_snapshot
from research.runs.models import FROM_SNAPSHOT, Run
from research.snapshots import snapshot_reader


def of(run: Run, *, now: datetime) -> bytes | None:
    """None where the recipe simulates its people by itself."""
    if run.recipe not in FROM_SNAPSHOT:
        return None
    if run.snapshot is not None and run.snapshot.public:
        return dataset_snapshot.packed(run.snapshot)
    return dumps(_snapshot(run, now))


def _snapshot(run: Run, now: datetime) -> Snapshot:
    if run.simulated:
        return _simulated(run.recipe)
    if run.snapshot is None:
        raise LookupError("the snapshot of this run is no more")
    return snapshot_reader.examples(run.snapshot, now=now)


def _simulated(recipe: str) -> Snapshot:
    """People who do not exist, and tell or wear what this recipe asks for."""
    if recipe == "sam":
        return sam_ratings.simulate_cold_start()
    return wearables.simulate_cold_start() if recipe == "mvp" else institution.simulate_cold_start()
