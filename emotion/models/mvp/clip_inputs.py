"""A snapshot's clips as MVP's two inputs, with whose they are, and what was told of each level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from emotion.datasets.clips import Clip, clips, levels
from emotion.datasets.snapshot import Snapshot
from emotion.features.batch import Batch, Standard, mask_unfamiliar, mean_features
from emotion.models.mvp import train
from emotion.models.mvp.predictor import INPUTS, MvpPredictor, told
from emotion.training import example_table
from emotion.training.example_table import Table
from emotion.training.recipe import WrongRecipe
from emotion.training.sequence_fit import Series

Array = NDArray[np.float64]
Standards = Mapping[str, Standard]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Heard:
    """N clips, and by Stream what of each is held to the range of training (N, 1, F)."""

    series: Series
    held: Batch


def taken(snapshot: Snapshot, least: int, most: int, seed: int) -> list[Clip]:
    """Return the clips of which a level was told, or `most` of them by lot, in their order.

    Raises
    ------
    WrongRecipe
        Where fewer than `least` people have one.
    """
    found = [each for each in clips(snapshot.examples) if not np.isnan(levels(each.said)).all()]
    people = len({each.said.person for each in found})
    if people < least:
        raise WrongRecipe(
            f"expected at least {least} people with a minute of Windows that ends with valence or "
            f"arousal told, got {people}; only a snapshot that takes Windows of which nobody said "
            "anything holds what led up to a report"
        )
    drawn = np.random.default_rng(seed).choice(len(found), min(most, len(found)), replace=False)
    return [found[at] for at in sorted(drawn.tolist())]


def heard(found: Sequence[Clip], base: MvpPredictor) -> Heard:
    """Return clips as the base would see them; Streams that it does not know are not looked at."""
    seen = [_seen(each, base.standards) for each in found]
    return Heard(train.series_of(seen, base.standards, base.config), _held(seen, base.standards))


def rows(found: Heard, index: Index) -> Heard:
    """Return those clips."""
    series = found.series
    values = {name: x[index] for name, x in series.values.items()}
    masks = {name: x[index] for name, x in series.masks.items()}
    kept = Series(values, masks, series.targets[index], series.people[index])
    return Heard(kept, found.held.rows(index))


def known(found: Heard, standards: Standards) -> Series:
    """Return clips as whoever has these standards is shown them: no Stream outside their range."""
    series = found.series
    for stream, strange in mask_unfamiliar(found.held, standards)[1].items():
        series = _hidden(series, stream, strange)
    return series


def without(found: Heard, stream: str) -> Heard:
    """Return the same as if a Stream had not come."""
    everywhere = np.ones(len(found.series.people), np.bool_)
    return Heard(
        _hidden(found.series, stream, everywhere), example_table.without(found.held, stream)
    )


def asked(targets: NDArray[np.float32]) -> tuple[Index, Index, Index]:
    """Return (M,) each: the clip and the level that was told, and the class: low or high of
    valence 0, 1; of arousal 2, 3."""
    clip, level = np.nonzero(~np.isnan(targets))
    return clip, level, 2 * level + targets[clip, level].astype(np.int64)


def of_classes(chance: Array, targets: NDArray[np.float32]) -> Array:
    """Return (M, 4) of chances (N, 2): what is said of the level asked, and 0 of the other."""
    clip, level, _ = asked(targets)
    found, at = np.zeros((len(clip), 4)), np.arange(len(clip))
    found[at, 2 * level + 1] = chance[clip, level]
    found[at, 2 * level] = 1 - chance[clip, level]
    return found


def table(found: Heard, index: Index) -> Table:
    """Return what was told of clips (N,), a row a level."""
    clip, _, labels = asked(found.series.targets[index])
    at = index[clip]
    return Table(found.held.rows(at), labels, found.series.people[at], at)


def _seen(clip: Clip, known: Standards) -> train.Clip:
    streams = {name: steps for name, steps in told(clip.window).items() if name in known}
    return train.Clip(streams, levels(clip.said), int(clip.said.person[1:]))


def _held(seen: Sequence[train.Clip], standards: Standards) -> Batch:
    rows = [train.to_hold(each.told) for each in seen]
    values, masks = {}, {}
    for name, known in standards.items():
        values[name] = np.zeros((len(rows), 1, len(known.mean)), np.float32)
        masks[name] = np.zeros(values[name].shape, np.bool_)
        for at, steps in ((at, row[name]) for at, row in enumerate(rows) if name in row):
            values[name][at], masks[name][at] = mean_features(steps.values[None], steps.mask[None])
    quality = {name: np.ones(len(rows), np.float32) for name in standards}
    return Batch(values, masks, quality)


def _hidden(series: Series, stream: str, where: NDArray[np.bool_]) -> Series:
    """Return the same without a Stream `where` (N,)."""
    name, _, columns = INPUTS[stream]
    mask = series.masks[name].copy()
    mask[..., list(columns)] &= ~where[:, None, None]
    return replace(series, masks={**series.masks, name: mask})
