"""Examples of many people as arrays, with the person and the video of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.datasets import snapshot
from emotion.features.batch import Batch, stack
from emotion.features.window import NAMES, window_features
from emotion.labels import Affect
from emotion.simulate.cohort import (
    LabelledMoment,
    Plan,
    SimulatedExample,
    cut_examples,
    iterate_recordings,
    list_moments,
)

Say = Callable[[str], None]


HOP_S = 10.0  # Windows of one person do not overlap.


@dataclass(frozen=True, slots=True)
class ExampleTable:
    """N Windows with labels (index into the requested labels), people and videos, each (N,)."""

    batch: Batch
    labels: NDArray[np.int64]
    people: NDArray[np.int64]
    videos: NDArray[np.int64]


def make_table(found: Sequence[SimulatedExample], labels: Sequence[Affect]) -> ExampleTable:
    """Return the features of `found` as one table."""
    features = [window_features(example.window) for example in found]
    return ExampleTable(
        batch=stack(features, tuple(NAMES)),
        labels=np.array([labels.index(example.label) for example in found], np.int64),
        people=np.array([example.person for example in found], np.int64),
        videos=np.array([example.video for example in found], np.int64),
    )


def make_snapshot_table(
    found: Sequence[snapshot.Example], labels: Sequence[str], materials: Sequence[str] = ()
) -> ExampleTable:
    """Return the features of examples, with labels, people and material as numbers.

    `materials` are the known ones, if shared with another table; a label of -1 is none.
    """
    materials = materials or sorted({example.material for example in found})
    said = [example.label for example in found]
    return ExampleTable(
        batch=stack([window_features(example.window) for example in found], tuple(NAMES)),
        labels=np.array([-1 if n is None else labels.index(n) for n in said], np.int64),
        people=np.array([int(example.person[1:]) for example in found], np.int64),
        videos=np.array([materials.index(example.material) for example in found], np.int64),
    )


def select_rows(table: ExampleTable, index: NDArray[np.int64]) -> ExampleTable:
    """Return the selected rows of a table."""
    codes = (table.labels[index], table.people[index], table.videos[index])
    return ExampleTable(table.batch.rows(index), *codes)


def hide_stream(batch: Batch, stream: str) -> Batch:
    """Return the batch with `stream` missing."""
    masks = {**batch.masks, stream: np.zeros_like(batch.masks[stream])}
    return Batch(batch.values, masks, batch.quality)


def simulate_table(
    plans: Iterable[Plan],
    labels: tuple[Affect, ...],
    *,
    rng: np.random.Generator,
    counts: Sequence[int] | None = None,
) -> ExampleTable:
    """Draw cohorts and return their Windows; each plan has its own people and videos.

    Parameters
    ----------
    counts : sequence of K int or None
        Proportions of the labels to keep (see `sample_labels`); None = all.
    """
    parts = []
    for plan in plans:
        found = [
            moment
            for recording in iterate_recordings(plan, rng=rng)
            for moment in list_moments(recording, plan.effects, labels=labels, hop_s=HOP_S, rng=rng)
        ]
        kept = found if counts is None else sample_labels(found, labels, counts, rng=rng)
        parts.append(make_table(list(cut_examples(kept)), labels))
    return join_tables(parts)


def sample_labels(
    found: Sequence[LabelledMoment],
    labels: Sequence[Affect],
    counts: Sequence[int],
    *,
    rng: np.random.Generator,
) -> list[LabelledMoment]:
    """Keep as many moments as possible with labels in the proportions of `counts` (K,).

    People do not label every moment, and rarely the most frequent state: paper 1's 8,210 labelled
    Windows are a tenth of its recordings.
    """
    which = np.array([labels.index(moment.label) for moment in found], np.int64)  # (N,)
    keep = np.array(counts) / np.maximum(np.bincount(which, minlength=len(counts)), 1)
    chosen = rng.random(len(found)) < (keep / keep.max())[which]
    return [moment for moment, taken in zip(found, chosen, strict=True) if taken]


def join_tables(parts: Sequence[ExampleTable]) -> ExampleTable:
    """Return the concatenated tables."""
    first = parts[0].batch
    return ExampleTable(
        batch=Batch(
            {n: np.concatenate([part.batch.values[n] for part in parts]) for n in first.values},
            {n: np.concatenate([part.batch.masks[n] for part in parts]) for n in first.masks},
            {n: np.concatenate([part.batch.quality[n] for part in parts]) for n in first.quality},
        ),
        labels=np.concatenate([part.labels for part in parts]),
        people=np.concatenate([part.people for part in parts]),
        videos=np.concatenate([part.videos for part in parts]),
    )
