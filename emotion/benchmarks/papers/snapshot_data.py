"""The labelled Windows of a snapshot, with the features that Predictors read, as a study."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emotion.datasets import snapshot
from emotion.evaluation.dataset import WindowStudy
from emotion.features.batch import Batch
from emotion.features.window import NAMES
from emotion.labels import PAPER_1
from emotion.training.example_table import make_snapshot_table
from emotion.windows import WINDOW_S


class NoLabels(snapshot.WrongFile):
    """A snapshot has no Window with a label of paper 1."""


@dataclass(frozen=True, slots=True)
class SnapshotData:
    """The study of a snapshot.

    Attributes
    ----------
    study : WindowStudy
        Only the inputs of which some Window has a value.
    simulated : bool
        True if a person in it is simulated.
    left_out : int
        Windows without one of the four labels.
    """

    study: WindowStudy
    simulated: bool
    left_out: int


def load_snapshot(packed: bytes) -> SnapshotData:
    """Return the Windows with a label of paper 1; raises WrongFile."""
    found = snapshot.loads(packed).examples
    labelled = [example for example in found if example.label in PAPER_1]
    if not labelled:
        raise NoLabels(f"snapshot: expected Windows with a label of {', '.join(PAPER_1)}, got none")
    table = make_snapshot_table(labelled, PAPER_1)
    x, inputs = _join_inputs(table.batch)
    study = WindowStudy(
        x=x,
        inputs=inputs,
        labels=table.labels,
        people=table.people,
        videos=table.videos,
        times=np.array([example.t0 for example in labelled], np.float64),
        classes=tuple(map(str, PAPER_1)),
        window_s=WINDOW_S,
    )
    simulated = any(example.simulated for example in labelled)
    return SnapshotData(study, simulated, len(found) - len(labelled))


def _join_inputs(batch: Batch) -> tuple[np.ndarray, dict[str, int]]:
    """Return (N, T, F) with NaN where nothing was seen, and how many features each input has."""
    names = [name for name in sorted(batch.values) if batch.masks[name].any()]
    parts = [np.where(batch.masks[name], batch.values[name], np.nan) for name in names]
    return np.concatenate(parts, axis=-1).astype(np.float32), {n: len(NAMES[n]) for n in names}
