"""Simulated people: their traits, the Streams they share, and their individual baselines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.simulate.effects import Effects
from emotion.simulate.state_paths import Traits


@dataclass(frozen=True, slots=True)
class SimulatedPerson:
    """One simulated learner.

    Attributes
    ----------
    code : int
        The unit of every split.
    traits : Traits
    shares : frozenset of str
        Streams that exist at all.
    offset, slope : mapping from stream to (C,)
        The person's own level of each channel (latent sd), and size of the states' effects on it.
    """

    code: int
    traits: Traits
    shares: frozenset[str]
    offset: Mapping[str, NDArray[np.float64]]
    slope: Mapping[str, NDArray[np.float64]]


def draw_person(code: int, effects: Effects, *, rng: np.random.Generator) -> SimulatedPerson:
    """Draw a person, independent of all others."""
    traits = Traits(*(rng.normal(0.0, 1.0, 3) * (1.0, 0.4, 0.4)))
    without_face = rng.random() < effects.missing["face_refused"]
    without_heart = rng.random() < effects.missing["heart_absent"]
    missing = [name for name, away in (("face", without_face), ("heart", without_heart)) if away]
    noise, widths = effects.noise, {n: len(e.channels) for n, e in effects.emissions.items()}
    return SimulatedPerson(
        code=code,
        traits=traits,
        shares=frozenset(widths).difference(missing),
        offset={n: rng.normal(0.0, noise["person"], w) for n, w in widths.items()},
        slope={n: rng.normal(1.0, noise["slope_sd"], w) for n, w in widths.items()},
    )
