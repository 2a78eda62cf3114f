"""Simulated Sittings with known hidden states; the rates are assumed, not measured on people."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emotion.behaviour.observations import NAMES, STEP_S
from emotion.behaviour.state_names import DISENGAGED, FOCUSED, STRUGGLING

Array = NDArray[np.float64]

# Assumed per step: clicks, switches, idle (share), hints, typing latency (ms), video events.
TRUE: Final = {
    FOCUSED: (2.0, 0.05, 0.3, 0.02, 180.0, 0.15),
    STRUGGLING: (6.0, 0.2, 0.25, 0.4, 420.0, 1.2),
    DISENGAGED: (0.5, 0.6, 0.8, 0.01, 260.0, 0.05),
}
MOVES: Final = np.array([[0.93, 0.04, 0.03], [0.06, 0.90, 0.04], [0.05, 0.02, 0.93]])
# Assumed: share of the steps of each state with typing.
TYPES: Final = (0.5, 0.5, 0.05)
# Deviation between people in each rate, and of latency between steps, in log units.
PACE: Final = 0.3
UNEVEN: Final = 0.25

_IDLE, _HINTS, _LATENCY, _VIDEO = map(
    NAMES.index, ("idle_s", "hints", "latency_ms", "video_events")
)


class Sittings(NamedTuple):
    """Simulated Sittings: true states (S, T) as index into `TRUE`, raw observations (S, T, 6)."""

    states: NDArray[np.int64]
    raw: Array


def simulate(count: int, steps: int, *, rng: np.random.Generator) -> Sittings:
    """Draw Sittings: a Markov path, Poisson counts, beta idle time; each person has their own pace.

    Every other Sitting is a quiz, without video; the rest are videos, without hints. Latency exists
    only where there was typing, and every fourth Learner does not share typing at all.
    """
    rates = np.array(list(TRUE.values()))  # (3, 6)
    states = np.zeros((count, steps), np.int64)
    for at in range(1, steps):
        odds = np.cumsum(MOVES[states[:, at - 1]], axis=1)
        states[:, at] = (rng.random((count, 1)) > odds).sum(axis=1)
    rate = rates[states] * np.exp(rng.normal(0.0, PACE, (count, 1, len(NAMES))))  # (S, T, 6)
    raw = rng.poisson(rate).astype(np.float64)
    idle = rates[states][..., _IDLE]
    raw[..., _IDLE] = STEP_S * rng.beta(8 * idle, 8 * (1 - idle))
    raw[..., _LATENCY] = rate[..., _LATENCY] * np.exp(rng.normal(0.0, UNEVEN, states.shape))
    typed = rng.random(states.shape) < np.array(TYPES)[states]
    typed[::4] = False
    raw[..., _LATENCY][~typed] = np.nan
    raw[::2, :, _VIDEO] = np.nan
    raw[1::2, :, _HINTS] = np.nan
    return Sittings(states, raw)
