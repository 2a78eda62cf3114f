"""Federated averaging: each institution's step is clipped, averaged, and optionally made noisy.

McMahan et al. 2017 (averaging), McMahan et al. 2018 (clipping with noise), Mironov 2017 (the
privacy loss).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# A network's tensors, in the order of their names.
Weights = Sequence[NDArray[np.float32]]

ORDERS = (*(1 + n / 10 for n in range(1, 100)), *range(11, 512))


@dataclass(frozen=True, slots=True)
class Privacy:
    """What an institution's part in a round may reveal.

    Attributes
    ----------
    clip : float
        Longest step of one institution (L2 over all weights).
    noise : float
        Deviation of the noise on the sum of steps, in clips; 0 = none, and no guarantee.
    delta : float
        Probability with which the guarantee may fail.
    """

    clip: float
    noise: float = 0.0
    delta: float = 1e-5

    def epsilon(self, rounds: int) -> float:
        """Return the privacy loss after `rounds` rounds with all institutions; infinity without
        noise.

        It applies to a whole institution, against anyone who sees the averages of all rounds. The
        hub itself sees each step, and is trusted with it.
        """
        if not self.noise:
            return math.inf
        tail = math.log(1 / self.delta)
        return float(min(rounds * a / (2 * self.noise**2) + tail / (a - 1) for a in ORDERS))


def clip_step(before: Weights, after: Weights, most: float) -> list[NDArray[np.float32]]:
    """Return the step from `before` to `after`, no longer than `most`; ValueError on NaN."""
    step = [np.asarray(b - a, np.float32) for a, b in zip(before, after, strict=True)]
    length = measure_length(step)
    if not math.isfinite(length):
        raise ValueError("expected weights that are numbers")
    return [part * np.float32(min(1.0, most / max(length, 1e-12))) for part in step]


def average(
    before: Weights, steps: Sequence[Weights], privacy: Privacy, *, rng: np.random.Generator
) -> list[NDArray[np.float32]]:
    """Return `before` moved by the mean of the steps; each institution has the same weight.

    Steps longer than agreed are clipped here too, in case a sender is wrong.
    """
    if not steps:
        return [np.array(part) for part in before]
    zero = [np.zeros_like(part) for part in before]
    kept = [clip_step(zero, step, privacy.clip) for step in steps]
    deviation = privacy.noise and privacy.noise * privacy.clip
    moved = []
    for at, part in enumerate(before):
        total = np.sum([step[at] for step in kept], axis=0)
        total = total + rng.normal(0.0, deviation, part.shape) if deviation else total
        moved.append(np.asarray(part + total / len(kept), np.float32))
    return moved


def measure_length(weights: Weights) -> float:
    """Return the L2 length over all tensors."""
    return math.sqrt(sum(float(np.square(part, dtype=np.float64).sum()) for part in weights))
