"""An hour of a simulated learner: true states, acts, and a detector's guesses.

There are two kinds of confusion that look the same at first. Most of it resolves by itself and is
part of learning; the rest lasts, and turns into frustration or boredom (D'Mello & Graesser 2012).
Lengths and rates are assumed, after notes of a first simulation, and not tuned to any rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtri

WINDOW_S: Final = 2
WINDOWS: Final = 1800
LONG_S: Final = 30
LASTING: Final = 0.35
UNIT_S: Final = 300
STATES: Final = ("engaged", "neutral", "passing", "lasting", "frustrated", "bored")
ENGAGED, NEUTRAL, PASSING, LASTING_, FRUSTRATED, BORED = range(6)
# Shortest and mean length of each, s.
_LENGTHS: Final = ((10, 60), (10, 40), (6, 15), (40, 90), (10, 30), (20, 80))
# Transitions; confusion is one entry here, and its kind is drawn on arrival.
_NEXT: Final[Mapping[int, tuple[tuple[int, float], ...]]] = MappingProxyType(
    {
        ENGAGED: ((PASSING, 0.5), (NEUTRAL, 0.35), (BORED, 0.15)),
        NEUTRAL: ((ENGAGED, 0.5), (PASSING, 0.25), (BORED, 0.25)),
        PASSING: ((ENGAGED, 1.0),),
        LASTING_: ((FRUSTRATED, 0.5), (BORED, 0.2), (ENGAGED, 0.3)),
        FRUSTRATED: ((BORED, 0.38), (PASSING, 0.3), (ENGAGED, 0.32)),
        BORED: ((ENGAGED, 0.6), (NEUTRAL, 0.2), (PASSING, 0.2)),
    }
)
# Probabilities per window, by state: rewinding a video, answering, a hint; and of a wrong answer.
_REWIND: Final = np.array([0.003, 0.003, 0.02, 0.06, 0.05, 0.003])
_ANSWER: Final = np.array([0.035, 0.03, 0.03, 0.04, 0.08, 0.03])
_HINT: Final = np.array([0.002, 0.002, 0.006, 0.012, 0.02, 0.002])
_WRONG: Final = np.array([0.2, 0.3, 0.45, 0.8, 0.9, 0.3])
_QUIZ: Final[NDArray[np.bool_]] = np.arange(WINDOWS) * WINDOW_S // UNIT_S % 2 == 1
# A detector's labels, and the states in which each is correct.
LABELS: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {
        "engaged": (ENGAGED,),
        "confusion": (PASSING, LASTING_),
        "frustration": (FRUSTRATED,),
        "boredom": (BORED,),
        "arousal": (FRUSTRATED,),
    }
)
_BIAS_SD: Final = 0.4
_AR: Final = 0.8
_SMOOTH_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class SimulatedHour:
    """One hour, in windows of `WINDOW_S`; every array is (T,).

    Parameters
    ----------
    states
        Indices into `STATES`.
    trouble, boredom
        Number of the stretch that lasts more than `LONG_S`, from its beginning; -1 outside one.
        Trouble is lasting confusion and the frustration that follows it.
    stretches
        How many stretches of trouble and of boredom lasted that long.
    ability
        0 to 1, of the person.
    rewound, answered, right, hinted
        Acts in each window.
    on_quiz
        Whether a question is open.
    """

    states: NDArray[np.int64]
    trouble: NDArray[np.int64]
    boredom: NDArray[np.int64]
    stretches: Mapping[str, int]
    ability: float
    rewound: NDArray[np.bool_]
    answered: NDArray[np.bool_]
    right: NDArray[np.bool_]
    hinted: NDArray[np.bool_]
    on_quiz: NDArray[np.bool_]


def draw_lesson(rng: np.random.Generator) -> SimulatedHour:
    """Draw an hour of one person."""
    states, ability = _draw_states(rng), rng.uniform(0.3, 0.9)
    trouble, boredom = (
        _number_long(np.isin(states, (LASTING_, FRUSTRATED))),
        _number_long(states == BORED),
    )
    wrong = np.clip(_WRONG[states] + 0.3 * (0.6 - ability), 0.02, 0.98)
    return SimulatedHour(
        states=states,
        trouble=trouble,
        boredom=boredom,
        stretches={"trouble": int(trouble.max()) + 1, "boredom": int(boredom.max()) + 1},
        ability=ability,
        rewound=~_QUIZ & (rng.random(WINDOWS) < _REWIND[states]),
        answered=_QUIZ & (rng.random(WINDOWS) < _ANSWER[states]),
        right=rng.random(WINDOWS) >= wrong,
        hinted=_QUIZ & (rng.random(WINDOWS) < _HINT[states]),
        on_quiz=_QUIZ,
    )


def simulate_guesses(
    lesson: SimulatedHour, auc: float, rng: np.random.Generator
) -> Mapping[str, NDArray[np.float64]]:
    """Return for each of `LABELS` the probability (T,) a detector of this AUC gives each window.

    Two unit normals √2 Φ⁻¹(AUC) apart (Green & Swets 1966), shifted by a bias of the person and
    correlated between windows. The result is their likelihood ratio at even odds.
    """
    apart = sqrt(2.0) * float(ndtri(auc))
    found = {}
    for label, states in LABELS.items():
        noise = rng.normal(0.0, _BIAS_SD) + sqrt(1 - _BIAS_SD**2) * _draw_correlated(rng)
        seen = apart * np.isin(lesson.states, states) + noise
        found[label] = expit(apart * (seen - apart / 2))
    return found


def smooth(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the running mean (T,) with weights that fall by e in `_SMOOTH_S`."""
    keep, level, found = float(np.exp(-WINDOW_S / _SMOOTH_S)), float(chances[0]), []
    for chance in chances:
        level = keep * level + (1 - keep) * float(chance)
        found.append(level)
    return np.array(found)


def _draw_states(rng: np.random.Generator) -> NDArray[np.int64]:
    path: list[int] = []
    state = NEUTRAL
    while len(path) < WINDOWS:
        least, mean = _LENGTHS[state]
        path += [state] * max(1, round((least + rng.exponential(mean - least)) / WINDOW_S))
        names, chances = zip(*_NEXT[state], strict=True)
        state = int(rng.choice(names, p=chances))
        if state == PASSING and rng.random() < LASTING:
            state = LASTING_
    return np.array(path[:WINDOWS])


def _number_long(inside: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return (T,): the number of each stretch that lasts more than `LONG_S`; -1 elsewhere."""
    found, number = np.full(WINDOWS, -1), 0
    edges = np.flatnonzero(np.diff(inside, prepend=False, append=False))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        if (end - begin) * WINDOW_S > LONG_S:
            found[begin:end] = number
            number += 1
    return found


def _draw_correlated(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return noise (T,) of variance 1 with an autocorrelation of `_AR`."""
    fresh = rng.normal(0.0, sqrt(1 - _AR**2), WINDOWS)
    level, found = float(rng.normal()), []
    for step in fresh:
        level = _AR * level + float(step)
        found.append(level)
    return np.array(found)
