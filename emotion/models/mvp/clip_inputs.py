"""Clips of a snapshot as MVP's two inputs, with their people and rated levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emotion.datasets.clips import LabelledClip, binarise_levels, iterate_clips
from emotion.datasets.snapshot import Snapshot
from emotion.features.batch import Batch, Standard, mask_unfamiliar, mean_features
from emotion.models.mvp import train
from emotion.models.mvp.predictor import INPUTS, MvpPredictor, extract_features
from emotion.training import example_table
from emotion.training.example_table import ExampleTable
from emotion.training.recipe import WrongRecipe
from emotion.training.sequence_fit import SequenceSeries

Array = NDArray[np.float64]
Standards = Mapping[str, Standard]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ClipInputs:
    """N clips, and by Stream the values compared with the range of training (N, 1, F)."""

    series: SequenceSeries
    held: Batch


def select_clips(snapshot: Snapshot, least: int, most: int, seed: int) -> list[LabelledClip]:
    """Return the clips with a rated level, or a random sample of `most`, in order.

    Raises
    ------
    WrongRecipe
        If fewer than `least` people have one.
    """
    found = [
        each
        for each in iterate_clips(snapshot.examples)
        if not np.isnan(binarise_levels(each.said)).all()
    ]
    people = len({each.said.person for each in found})
    if people < least:
        raise WrongRecipe(
            f"expected at least {least} people with a minute of Windows that ends with reported "
            f"valence or arousal, got {people}; only a snapshot that includes unlabelled Windows "
            "has those before a report"
        )
    drawn = np.random.default_rng(seed).choice(len(found), min(most, len(found)), replace=False)
    return [found[at] for at in sorted(drawn.tolist())]


def prepare_clips(found: Sequence[LabelledClip], base: MvpPredictor) -> ClipInputs:
    """Return clips as the base's inputs; Streams that it does not know are ignored."""
    seen = [_extract_clip(each, base.standards) for each in found]
    return ClipInputs(
        train.make_series(seen, base.standards, base.config), _stack_held(seen, base.standards)
    )


def select_rows(found: ClipInputs, index: Index) -> ClipInputs:
    """Return the selected clips."""
    series = found.series
    values = {name: x[index] for name, x in series.values.items()}
    masks = {name: x[index] for name, x in series.masks.items()}
    kept = SequenceSeries(values, masks, series.targets[index], series.people[index])
    return ClipInputs(kept, found.held.rows(index))


def hide_unfamiliar(found: ClipInputs, standards: Standards) -> SequenceSeries:
    """Return clips as a model with these standards sees them: Streams out of range are hidden."""
    series = found.series
    for stream, strange in mask_unfamiliar(found.held, standards)[1].items():
        series = _hide(series, stream, strange)
    return series


def hide_stream(found: ClipInputs, stream: str) -> ClipInputs:
    """Return the clips with a Stream missing."""
    everywhere = np.ones(len(found.series.people), np.bool_)
    return ClipInputs(
        _hide(found.series, stream, everywhere), example_table.hide_stream(found.held, stream)
    )


def list_ratings(targets: NDArray[np.float32]) -> tuple[Index, Index, Index]:
    """Return (M,) each: clip, rated level, and class: low or high valence 0, 1; arousal 2, 3."""
    clip, level = np.nonzero(~np.isnan(targets))
    return clip, level, 2 * level + targets[clip, level].astype(np.int64)


def expand_chances(chance: Array, targets: NDArray[np.float32]) -> Array:
    """Return (M, 4) from chances (N, 2): those of the rated level, and 0 for the other."""
    clip, level, _ = list_ratings(targets)
    found, at = np.zeros((len(clip), 4)), np.arange(len(clip))
    found[at, 2 * level + 1] = chance[clip, level]
    found[at, 2 * level] = 1 - chance[clip, level]
    return found


def make_table(found: ClipInputs, index: Index) -> ExampleTable:
    """Return the ratings of clips (N,), one row per level."""
    clip, _, labels = list_ratings(found.series.targets[index])
    at = index[clip]
    return ExampleTable(found.held.rows(at), labels, found.series.people[at], at)


def _extract_clip(clip: LabelledClip, known: Standards) -> train.TrainingClip:
    streams = {
        name: steps for name, steps in extract_features(clip.window).items() if name in known
    }
    return train.TrainingClip(streams, binarise_levels(clip.said), int(clip.said.person[1:]))


def _stack_held(seen: Sequence[train.TrainingClip], standards: Standards) -> Batch:
    rows = [train.select_held(each.features) for each in seen]
    values, masks = {}, {}
    for name, known in standards.items():
        values[name] = np.zeros((len(rows), 1, len(known.mean)), np.float32)
        masks[name] = np.zeros(values[name].shape, np.bool_)
        for at, steps in ((at, row[name]) for at, row in enumerate(rows) if name in row):
            values[name][at], masks[name][at] = mean_features(steps.values[None], steps.mask[None])
    quality = {name: np.ones(len(rows), np.float32) for name in standards}
    return Batch(values, masks, quality)


def _hide(series: SequenceSeries, stream: str, where: NDArray[np.bool_]) -> SequenceSeries:
    """Return the clips without a Stream where `where` (N,)."""
    name, _, columns = INPUTS[stream]
    mask = series.masks[name].copy()
    mask[..., list(columns)] &= ~where[:, None, None]
    return replace(series, masks={**series.masks, name: mask})
