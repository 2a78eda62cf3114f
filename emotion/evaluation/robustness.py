"""Robustness of a model to missing, noisy, late or badly lit sensors.

Only test rows are changed, in units of each feature's spread over training rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.dataset import WindowStudy

Array = NDArray[np.float32]

NOISES = (0.5, 1.0, 2.0)
DROPS = (0.1, 0.3, 0.5)
SKEWS_S = (-2.0, -0.5, 0.5, 2.0)
LIGHTS = (0.5, 1.5)
MOTIONS = (0.3,)


def subsets(names: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return every choice of modalities, beginning with the empty one."""
    found = (combinations(sorted(names), count) for count in range(len(names) + 1))
    return [choice for choices in found for choice in choices]


@dataclass(frozen=True, slots=True)
class Corruption:
    """One kind of corruption.

    Attributes
    ----------
    name : str
        What, and how much.
    spoil : callable
        (study, spread (F,), generator) -> the corrupted study.
    """

    name: str
    spoil: Callable[[WindowStudy, Array, np.random.Generator], WindowStudy]


def spread(x: Array) -> Array:
    """Return each feature's standard deviation over all steps of rows (N, T, F), 0 if unseen."""
    rows = x.reshape(-1, x.shape[-1]).astype(np.float64)
    count = np.maximum((~np.isnan(rows)).sum(axis=0), 1)
    mean = np.nansum(rows, axis=0) / count
    return np.asarray(np.sqrt(np.nansum((rows - mean) ** 2, axis=0) / count), np.float32)


def make_corruptions(inputs: Mapping[str, int]) -> Iterator[Corruption]:
    """Yield the corruptions that apply to these modalities."""
    for size in NOISES:
        yield Corruption(f"noise of {size:g} deviations", _make_noise(size))
    for share in DROPS:
        yield Corruption(f"{share:.0%} of the seconds lost", _make_drop(share))
    if "gaze" in inputs:
        for late in SKEWS_S:
            yield Corruption(f"gaze's clock {late:+g} s", _make_skew("gaze", late))
    if "face" in inputs:
        for gain in LIGHTS:
            yield Corruption(f"face's intensities times {gain:g}", _make_gain("face", gain))
    if "ppg" in inputs:
        for share in MOTIONS:
            yield Corruption(f"motion in {share:.0%} of ppg's seconds", _make_motion("ppg", share))


def _make_noise(size: float) -> Callable[[WindowStudy, Array, np.random.Generator], WindowStudy]:
    def spoil(study: WindowStudy, spreads: Array, rng: np.random.Generator) -> WindowStudy:
        drawn = rng.standard_normal(study.x.shape, dtype=np.float32)
        return replace(study, x=study.x + size * spreads * drawn)

    return spoil


def _make_drop(share: float) -> Callable[[WindowStudy, Array, np.random.Generator], WindowStudy]:
    def spoil(study: WindowStudy, _: Array, rng: np.random.Generator) -> WindowStudy:
        x = study.x.copy()
        for place in study.places().values():
            x[..., place][rng.random(x.shape[:2]) < share] = np.nan
        return replace(study, x=x)

    return spoil


def _make_skew(
    name: str, late_s: float
) -> Callable[[WindowStudy, Array, np.random.Generator], WindowStudy]:
    def spoil(study: WindowStudy, _: Array, rng: np.random.Generator) -> WindowStudy:  # noqa: ARG001
        x, place = study.x.copy(), study.places()[name]
        x[..., place] = _shift(x[..., place], late_s)
        return replace(study, x=x)

    return spoil


def _shift(values: Array, late_s: float) -> Array:
    """Return (N, T, F) shifted by `late_s` along T, interpolated between steps; NaN if unknown."""
    whole, part = divmod(late_s, 1.0)
    return np.asarray(
        (1 - part) * _shift_steps(values, int(whole)) + part * _shift_steps(values, int(whole) + 1)
        if part
        else _shift_steps(values, int(whole))
    )


def _shift_steps(values: Array, steps: int) -> Array:
    moved = np.full_like(values, np.nan)
    if steps > 0:
        moved[:, steps:] = values[:, :-steps]
    elif steps < 0:
        moved[:, :steps] = values[:, -steps:]
    else:
        moved = values
    return moved


def _make_gain(
    name: str, gain: float
) -> Callable[[WindowStudy, Array, np.random.Generator], WindowStudy]:
    def spoil(study: WindowStudy, _: Array, rng: np.random.Generator) -> WindowStudy:  # noqa: ARG001
        x = study.x.copy()
        x[..., study.places()[name]] *= gain
        return replace(study, x=x)

    return spoil


def _make_motion(
    name: str, share: float
) -> Callable[[WindowStudy, Array, np.random.Generator], WindowStudy]:
    def spoil(study: WindowStudy, spreads: Array, rng: np.random.Generator) -> WindowStudy:
        x, place = study.x.copy(), study.places()[name]
        bursts = rng.random(x.shape[:2]) < share  # (N, T)
        drawn = rng.standard_normal((int(bursts.sum()), x[..., place].shape[-1]), dtype=np.float32)
        x[..., place][bursts] += 3 * spreads[place] * drawn
        return replace(study, x=x)

    return spoil
