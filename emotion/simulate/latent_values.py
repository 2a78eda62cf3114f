"""Latent values of a Stream's channels per second: from person, video, state, and noise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from emotion.labels import AFFECTS
from emotion.simulate.effects import Effects, LockedEffect
from emotion.simulate.people import SimulatedPerson

Latents = dict[str, NDArray[np.float64]]


def draw_additive(
    person: SimulatedPerson,
    states: NDArray[np.int64],
    effects: Effects,
    *,
    rng: np.random.Generator,
) -> Latents:
    """Return each Stream's (T, C): offset + drift + effect[state] x slope + AR(1) + white.

    Parameters
    ----------
    states : (T,) int
        Index into `AFFECTS` at each second.
    """
    found = {}
    for name, emission in effects.emissions.items():
        base = _without_effect(person, len(states), effects, name, rng)
        found[name] = base + emission.effect[states] * person.slope[name]
    return found


def draw_further(
    person: SimulatedPerson,
    states: NDArray[np.int64],
    effects: Effects,
    *,
    rng: np.random.Generator,
) -> Latents:
    """Return each further Stream's (T, C), as `draw_additive` does for the others."""
    further = replace(effects, emissions=effects.further)
    return draw_additive(person, states, further, rng=rng)


def draw_event_locked(
    person: SimulatedPerson,
    states: NDArray[np.int64],
    effects: Effects,
    *,
    rng: np.random.Generator,
) -> Latents:
    """Return each Stream's (T, C) where only the lag between two bursts depends on the state.

    Levels carry no information: a state only changes when the response follows its cause.
    Concatenating separately encoded Streams cannot represent that (science.md 3b).
    """
    locked = effects.locked
    found = {
        name: _without_effect(person, len(states), effects, name, rng) for name in effects.emissions
    }
    at = _draw_causes(len(states), locked, rng)
    _add_burst(found, effects, locked.cause, at, locked.size)
    _add_burst(
        found, effects, locked.response, at + _draw_lags(states[at], locked, rng), locked.size
    )
    return found


def _without_effect(
    person: SimulatedPerson, seconds: int, effects: Effects, name: str, rng: np.random.Generator
) -> NDArray[np.float64]:
    noise, width = effects.noise, len(effects.emissions[name].channels)
    drift = rng.normal(0.0, noise["video"], width)
    white = rng.normal(0.0, noise["white"], (seconds, width))
    return np.asarray(
        person.offset[name] + drift + white + _draw_autoregression(seconds, width, effects, rng)
    )


def _draw_autoregression(
    seconds: int, width: int, effects: Effects, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return (T, C) of a first-order autoregression, stationary from its first value."""
    memory, deviation = effects.noise["ar"], effects.noise["ar_sd"]
    shocks = rng.normal(0.0, deviation * np.sqrt(1 - memory**2), (seconds, width))
    shocks[0] = rng.normal(0.0, deviation, width)
    return np.asarray(lfilter([1.0], [1.0, -memory], shocks, axis=0))


def _draw_causes(seconds: int, locked: LockedEffect, rng: np.random.Generator) -> NDArray[np.int64]:
    gaps = rng.uniform(0.5, 1.5, seconds) * locked.every_s
    return np.unique(np.cumsum(gaps).astype(np.int64)[np.cumsum(gaps) < seconds])


def _draw_lags(
    states: NDArray[np.int64], locked: LockedEffect, rng: np.random.Generator
) -> NDArray[np.int64]:
    anew = rng.integers(0, 5, len(states))
    fixed = np.array([locked.lag_s.get(state, -1) for state in AFFECTS])[states]
    return np.where(fixed >= 0, fixed, anew)


def _add_burst(
    latents: Latents,
    effects: Effects,
    where: tuple[str, str],
    at: NDArray[np.int64],
    size: float,
) -> None:
    stream, channel = where
    inside = at[at < len(latents[stream])]
    latents[stream][inside, effects.emissions[stream].channels.index(channel)] += size
