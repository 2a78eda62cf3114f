"""What a Run learns from: a snapshot's bytes for its process's standard input, or nothing."""

from __future__ import annotations

from datetime import datetime

from emotion.datasets.snapshot import Snapshot, dumps
from emotion.simulate import institution
from research.runs.model import FROM_SNAPSHOT, Run
from research.snapshots import reading


def of(run: Run, *, now: datetime) -> bytes | None:
    """None where the recipe simulates its people by itself."""
    return dumps(_snapshot(run, now)) if run.recipe in FROM_SNAPSHOT else None


def _snapshot(run: Run, now: datetime) -> Snapshot:
    if run.simulated:
        return institution.cold_start()
    if run.snapshot is None:
        raise LookupError("the snapshot of this run is no more")
    return reading.examples(run.snapshot, now=now)
