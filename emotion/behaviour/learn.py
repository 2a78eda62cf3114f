"""Learn the behaviour model from simulated Sittings and name its states by a fixed rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emotion.artefacts import Card, Weights
from emotion.behaviour.hmm import Filtered, Model, filtered
from emotion.behaviour.observe import NAMES, STEP_S, scaled

if TYPE_CHECKING:
    from hmmlearn.hmm import GaussianHMM

Array = NDArray[np.float64]

DISENGAGED, STRUGGLING, FOCUSED = "disengaged", "struggling", "focused"

# A state counts from this probability on, held for two steps (notes: mean posterior, dwell).
SURE = 0.6
DWELL = 2

# About what is added to each variance, in scaled observations squared.
LEAST_VARIANCE = 0.05


class Sittings(NamedTuple):
    """Simulated Sittings: true states (S, T) as index into `TRUE`, raw observations (S, T, 4)."""

    states: NDArray[np.int64]
    raw: Array


@dataclass(frozen=True, slots=True)
class Recipe:
    """How many simulated Sittings of `steps` 10-s steps, how many starts, and the seed."""

    seed: int
    train: int
    test: int
    steps: int
    starts: int


# Assumed rates a step: clicks, switches, idle (share), hints.
TRUE = {
    FOCUSED: (2.0, 0.05, 0.3, 0.02),
    STRUGGLING: (6.0, 0.2, 0.25, 0.4),
    DISENGAGED: (0.5, 0.6, 0.8, 0.01),
}
MOVES = np.array([[0.93, 0.04, 0.03], [0.06, 0.90, 0.04], [0.05, 0.02, 0.93]])


def train(recipe: Recipe, *, say: Any) -> tuple[dict[str, Any], Weights]:
    """Fit on simulated Sittings, measure on others, return card and weights."""
    rng = np.random.default_rng(recipe.seed)
    seen, unseen = (simulate(count, recipe.steps, rng=rng) for count in (recipe.train, recipe.test))
    say(f"fitting {recipe.starts} starts on {recipe.train} simulated Sittings")
    model = fit(seen, recipe)
    say(f"measuring on {recipe.test} other Sittings")
    return card(model, figures(model, unseen), recipe), weights(model)


def simulate(count: int, steps: int, *, rng: np.random.Generator) -> Sittings:
    """Draw Sittings: a Markov path, Poisson counts, beta idle time, each person their own pace."""
    rates = np.array(list(TRUE.values()))  # (3, 4)
    states = np.zeros((count, steps), np.int64)
    for at in range(1, steps):
        odds = np.cumsum(MOVES[states[:, at - 1]], axis=1)
        states[:, at] = (rng.random((count, 1)) > odds).sum(axis=1)
    pace = np.exp(rng.normal(0.0, 0.3, (count, 1, 4)))
    rate = rates[states] * pace  # (S, T, 4)
    raw = rng.poisson(rate).astype(np.float64)
    idle = rates[states][..., 2]
    raw[..., 2] = STEP_S * rng.beta(8 * idle, 8 * (1 - idle))
    return Sittings(states, raw)


def fit(seen: Sittings, recipe: Recipe) -> Model:
    """Return the best of several starts, its states named and in the order of the names."""
    rows = scaled(seen.raw).reshape(-1, len(NAMES))
    lengths = [seen.raw.shape[1]] * len(seen.raw)
    starts = [_start(rows, lengths, recipe.seed + start) for start in range(recipe.starts)]
    best = max(starts, key=lambda model: float(model.score(rows, lengths)))
    posterior = best.predict_proba(rows, lengths)  # (N, k)
    raw = seen.raw.reshape(-1, len(NAMES))
    names = name_states(posterior.T @ raw / posterior.sum(axis=0)[:, None])
    order = np.argsort(names)
    variance = np.diagonal(best.covars_, axis1=1, axis2=2)
    return Model(
        names=tuple(names[state] for state in order),
        start=_single(best.startprob_[order]),
        moves=_single(best.transmat_[np.ix_(order, order)]),
        mean=_single(best.means_[order]),
        variance=_single(variance[order]),
    )


def name_states(means: Array) -> list[str]:
    """Name k = 3 states by their raw means (k, 4): never by their index, which is chance.

    Most idle time and task switches together (each against the states' largest) is disengaged;
    of the others, most clicks and hints together is struggling; what is left is focused.
    """
    if means.shape != (3, len(NAMES)):
        raise ValueError(f"expected the raw means (3, {len(NAMES)}), got {means.shape}")
    share = means / np.maximum(means.max(axis=0), 1e-9)
    away = int((share[:, 1] + share[:, 2]).argmax())
    toil = share[:, 0] + share[:, 3]
    toil[away] = -1.0
    names = [FOCUSED] * 3
    names[away], names[int(toil.argmax())] = DISENGAGED, STRUGGLING
    return names


def figures(model: Model, unseen: Sittings) -> dict[str, Any]:
    """Return how often the filter's best state is the true one, with a 95 % interval."""
    truth = np.array([model.names.index(name) for name in TRUE])[unseen.states]  # (S, T)
    found = np.array([_best(filtered(model, scaled(raw))) for raw in unseen.raw])
    right = (truth == found).mean(axis=1)  # (S,)
    error = 1.96 * right.std(ddof=1) / np.sqrt(len(right))
    rows = [right.mean(), right.mean() - error, right.mean() + error]
    largest = np.bincount(unseen.states.ravel()).max() / unseen.states.size
    return {
        "sittings": len(right),
        "online_accuracy": [round(float(value), 4) for value in rows],
        "largest_state_share": round(float(largest), 4),
    }


def card(model: Model, found: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
    """Return the card of design section 7."""
    return {
        "name": "behaviour",
        "title": "behaviour states, learned from simulated learners",
        "kind": "behaviour",
        "origin": "simulated",
        "streams": {
            "pointer": {"channels": ["clicks", "idle_s"], "backends": ["any"]},
            "activity": {"channels": ["blurs"], "backends": ["any"]},
        },
        "never_seen": [],
        "labels": list(model.names),
        "window_s": STEP_S,
        "hop_s": STEP_S,
        "temperature": 1.0,
        "threshold": SURE,
        "network": {"form": "GaussianHMM", "observations": list(NAMES), "dwell": DWELL},
        "protocol": "Simulated Sittings only, other ones to test. Interval over Sittings.",
        "figures": found,
        "data": "rates of emotion/behaviour/learn.py, assumed",
        "seed": recipe.seed,
        "code": "recipe 1",
        "limits": [
            "Never shown a person: the rates of each state are assumed.",
            "Steps of 10 s that do not overlap; hints are course records, not sensed.",
        ],
    }


def weights(model: Model) -> Weights:
    """Return the model's tensors, float32."""
    parts = ("start", "moves", "mean", "variance")
    return {part: getattr(model, part).astype(np.float32) for part in parts}


def model_of(card: Card, weights: Weights) -> Model:
    """Return the model of a behaviour artefact as `emotion.artefacts.read` read it."""
    parts = {part: weights[part].astype(np.float64) for part in ("mean", "variance")}
    start, moves = (weights[part].astype(np.float64) for part in ("start", "moves"))
    return Model(
        names=tuple(card["labels"]),
        start=start / start.sum(),
        moves=moves / moves.sum(axis=1, keepdims=True),
        **parts,
    )


def _start(rows: Array, lengths: list[int], seed: int) -> GaussianHMM:
    # A site that only filters needs no learning library.
    from hmmlearn.hmm import GaussianHMM

    # Counts of nothing have no variance: without this a state would form around each zero.
    prior = LEAST_VARIANCE * len(rows) / 3
    model = GaussianHMM(
        n_components=3,
        covariance_type="diag",
        covars_prior=prior,
        n_iter=60,
        random_state=seed,
    )
    return model.fit(rows, lengths)


def _single(values: Array) -> Array:
    """Round to float32, as the artefact keeps them, so that figures are of what is saved."""
    return values.astype(np.float32).astype(np.float64)


def _best(states: list[Filtered]) -> list[int]:
    return [int(state.proba.argmax()) for state in states]
