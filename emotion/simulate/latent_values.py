"""Latent values of a Stream's channels a second: who, which video, which state, and noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from emotion.labels import AFFECTS
from emotion.simulate.effects import Effects, Locked
from emotion.simulate.people import Person

Latents = dict[str, NDArray[np.float64]]


def additive(
    person: Person, states: NDArray[np.int64], effects: Effects, *, rng: np.random.Generator
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


def event_locked(
    person: Person, states: NDArray[np.int64], effects: Effects, *, rng: np.random.Generator
) -> Latents:
    """Return each Stream's (T, C) where only the lag between two bursts tells the state.

    Levels carry nothing: what a state changes is when the response follows its cause, which
    concatenating what each Stream says by itself cannot see (science.md 3b).
    """
    locked = effects.locked
    found = {
        name: _without_effect(person, len(states), effects, name, rng) for name in effects.emissions
    }
    at = _causes(len(states), locked, rng)
    _burst(found, effects, locked.cause, at, locked.size)
    _burst(found, effects, locked.response, at + _lags(states[at], locked, rng), locked.size)
    return found


def _without_effect(
    person: Person, seconds: int, effects: Effects, name: str, rng: np.random.Generator
) -> NDArray[np.float64]:
    noise, width = effects.noise, len(effects.emissions[name].channels)
    drift = rng.normal(0.0, noise["video"], width)
    white = rng.normal(0.0, noise["white"], (seconds, width))
    return np.asarray(person.offset[name] + drift + white + _wander(seconds, width, effects, rng))


def _wander(
    seconds: int, width: int, effects: Effects, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return (T, C) of a first-order autoregression, stationary from its first value."""
    memory, deviation = effects.noise["ar"], effects.noise["ar_sd"]
    shocks = rng.normal(0.0, deviation * np.sqrt(1 - memory**2), (seconds, width))
    shocks[0] = rng.normal(0.0, deviation, width)
    return np.asarray(lfilter([1.0], [1.0, -memory], shocks, axis=0))


def _causes(seconds: int, locked: Locked, rng: np.random.Generator) -> NDArray[np.int64]:
    gaps = rng.uniform(0.5, 1.5, seconds) * locked.every_s
    return np.unique(np.cumsum(gaps).astype(np.int64)[np.cumsum(gaps) < seconds])


def _lags(states: NDArray[np.int64], locked: Locked, rng: np.random.Generator) -> NDArray[np.int64]:
    anew = rng.integers(0, 5, len(states))
    fixed = np.array([locked.lag_s.get(state, -1) for state in AFFECTS])[states]
    return np.where(fixed >= 0, fixed, anew)


def _burst(
    latents: Latents,
    effects: Effects,
    where: tuple[str, str],
    at: NDArray[np.int64],
    size: float,
) -> None:
    stream, channel = where
    inside = at[at < len(latents[stream])]
    latents[stream][inside, effects.emissions[stream].channels.index(channel)] += size
