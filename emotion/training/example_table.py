"""Examples of many people as arrays, with who and which video each is of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.datasets import snapshot
from emotion.features.batch import Batch, stack
from emotion.features.window import NAMES, window_features
from emotion.labels import Affect
from emotion.simulate.cohort import Example, Moment, Plan, examples, moments, recordings

Say = Callable[[str], None]

STREAMS = tuple(NAMES)
HOP_S = 10.0  # Windows of one person do not overlap.


@dataclass(frozen=True, slots=True)
class Table:
    """N Windows with labels (index into the labels asked for), people and videos, each (N,)."""

    batch: Batch
    labels: NDArray[np.int64]
    people: NDArray[np.int64]
    videos: NDArray[np.int64]


def table(found: Sequence[Example], labels: Sequence[Affect]) -> Table:
    """Return the features of `found` as one table."""
    features = [window_features(example.window) for example in found]
    return Table(
        batch=stack(features, STREAMS),
        labels=np.array([labels.index(example.label) for example in found], np.int64),
        people=np.array([example.person for example in found], np.int64),
        videos=np.array([example.video for example in found], np.int64),
    )


def table_of(
    found: Sequence[snapshot.Example], labels: Sequence[str], materials: Sequence[str] = ()
) -> Table:
    """Return the features of examples, with labels, people and material as numbers.

    `materials` are the known ones, where they are shared with another table; a label of -1 is none.
    """
    materials = materials or sorted({example.material for example in found})
    said = [example.label for example in found]
    return Table(
        batch=stack([window_features(example.window) for example in found], STREAMS),
        labels=np.array([-1 if n is None else labels.index(n) for n in said], np.int64),
        people=np.array([int(example.person[1:]) for example in found], np.int64),
        videos=np.array([materials.index(example.material) for example in found], np.int64),
    )


def rows(table: Table, index: NDArray[np.int64]) -> Table:
    """Return those rows of a table."""
    codes = (table.labels[index], table.people[index], table.videos[index])
    return Table(table.batch.rows(index), *codes)


def without(batch: Batch, stream: str) -> Batch:
    """Return the batch as if `stream` had not come."""
    masks = {**batch.masks, stream: np.zeros_like(batch.masks[stream])}
    return Batch(batch.values, masks, batch.quality)


def simulated(
    plans: Iterable[Plan],
    labels: tuple[Affect, ...],
    *,
    rng: np.random.Generator,
    counts: Sequence[int] | None = None,
) -> Table:
    """Draw cohorts and return their Windows; each plan has people and videos of its own.

    Parameters
    ----------
    counts : sequence of K int or None
        Proportions in which labels are kept (see `labelled`); None = all.
    """
    parts = []
    for plan in plans:
        found = [
            moment
            for recording in recordings(plan, rng=rng)
            for moment in moments(recording, plan.effects, labels=labels, hop_s=HOP_S, rng=rng)
        ]
        kept = found if counts is None else labelled(found, labels, counts, rng=rng)
        parts.append(table(list(examples(kept)), labels))
    return joined(parts)


def labelled(
    found: Sequence[Moment],
    labels: Sequence[Affect],
    counts: Sequence[int],
    *,
    rng: np.random.Generator,
) -> list[Moment]:
    """Keep as many moments as can be with the labels in the proportions of `counts` (K,).

    People do not label every moment, and rarely the commonest: paper 1's 8,210 labelled
    Windows are a tenth of its recordings.
    """
    which = np.array([labels.index(moment.label) for moment in found], np.int64)  # (N,)
    keep = np.array(counts) / np.maximum(np.bincount(which, minlength=len(counts)), 1)
    chosen = rng.random(len(found)) < (keep / keep.max())[which]
    return [moment for moment, taken in zip(found, chosen, strict=True) if taken]


def joined(parts: Sequence[Table]) -> Table:
    """Return tables one after the other."""
    first = parts[0].batch
    return Table(
        batch=Batch(
            {n: np.concatenate([part.batch.values[n] for part in parts]) for n in first.values},
            {n: np.concatenate([part.batch.masks[n] for part in parts]) for n in first.masks},
            {n: np.concatenate([part.batch.quality[n] for part in parts]) for n in first.quality},
        ),
        labels=np.concatenate([part.labels for part in parts]),
        people=np.concatenate([part.people for part in parts]),
        videos=np.concatenate([part.videos for part in parts]),
    )
