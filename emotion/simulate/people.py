"""Simulated people: their traits, the Streams they share, and their individual baselines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emotion.simulate import surroundings
from emotion.simulate.effects import Effects, Emission
from emotion.simulate.state_paths import Traits

Levels = dict[str, NDArray[np.float64]]

# Streams that only complete recordings have, and the share of people without each.
OWN = {"gaze": "gaze_refused", "ppg": "ppg_absent", "ecg": "ecg_absent"}


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
    trust : (18,)
        How far the face tracker of their computer may be trusted, by action unit.
    """

    code: int
    traits: Traits
    shares: frozenset[str]
    offset: Mapping[str, NDArray[np.float64]]
    slope: Mapping[str, NDArray[np.float64]]
    trust: NDArray[np.float32]


def draw_person(code: int, effects: Effects, *, rng: np.random.Generator) -> SimulatedPerson:
    """Draw a person, independent of all others."""
    traits = Traits(*(rng.normal(0.0, 1.0, 3) * (1.0, 0.4, 0.4)))
    without_face = rng.random() < effects.missing["face_refused"]
    without_heart = rng.random() < effects.missing["heart_absent"]
    missing = [name for name, away in (("face", without_face), ("heart", without_heart)) if away]
    offset, slope = _draw_levels(effects.emissions, effects, rng)
    # From a generator of its own, so that the draws above and below stay as they are.
    aside = rng.spawn(1)[0]
    further = _draw_levels(effects.further, effects, aside)
    own = [name for name in OWN if aside.random() >= surroundings.load().missing[OWN[name]]]
    shares = {*effects.emissions, *own}.difference(missing)
    return SimulatedPerson(
        code=code,
        traits=traits,
        shares=frozenset(shares - {"gaze"} if without_face else shares),
        offset={**offset, **further[0]},
        slope={**slope, **further[1]},
        trust=surroundings.draw_trust(aside),
    )


def _draw_levels(
    emissions: Mapping[str, Emission], effects: Effects, rng: np.random.Generator
) -> tuple[Levels, Levels]:
    """Return offsets and slopes of each Stream's channels."""
    noise, widths = effects.noise, {n: len(e.channels) for n, e in emissions.items()}
    return (
        {n: rng.normal(0.0, noise["person"], w) for n, w in widths.items()},
        {n: rng.normal(1.0, noise["slope_sd"], w) for n, w in widths.items()},
    )
