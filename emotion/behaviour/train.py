"""Learn the behaviour models from simulated Sittings, and ship the one that reads everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emotion.artefacts import Card, Weights
from emotion.behaviour.em import Drawn, fit, refit, side_by_side
from emotion.behaviour.emissions import Categorical, Gaussian, Poisson
from emotion.behaviour.hmm import Model, by_name, filtered, likeliest_path
from emotion.behaviour.model_selection import Choice, choose
from emotion.behaviour.observations import NAMES, STEP_S, counts, levels, scaled
from emotion.behaviour.simulated_sittings import TRUE, Sittings, simulate
from emotion.behaviour.state_names import AWAY, TOIL, aligned, name_states, ordered

Array = NDArray[np.float64]

# A state counts from this probability on, held for two steps (notes: mean posterior, dwell).
SURE: Final = 0.6
DWELL: Final = 2
# How many states there may be.
STATES: Final = (2, 3, 4)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How many simulated Sittings of `steps` 10-s steps, how many starts, and the seed."""

    seed: int
    train: int
    test: int
    steps: int
    starts: int


class Form(NamedTuple):
    """How a family sees raw steps, and how its states begin."""

    view: Callable[[Array], Array]
    drawn: Drawn


SHIPPED: Final = "gaussian"
FORMS: Final[Mapping[str, Form]] = {
    "gaussian": Form(scaled, Gaussian.drawn),
    "poisson": Form(counts, Poisson.drawn),
    "categorical": Form(levels, partial(Categorical.drawn, symbols=3)),
}


def train(recipe: Recipe, *, say: Any) -> tuple[dict[str, Any], Weights]:
    """Fit each family on simulated Sittings, measure on others, return card and weights."""
    rng = np.random.default_rng(recipe.seed)
    seen, unseen = (simulate(count, recipe.steps, rng=rng) for count in (recipe.train, recipe.test))
    found: dict[str, Any] = {}
    for name, form in FORMS.items():
        say(f"choosing the states of {name} on {recipe.train} simulated Sittings")
        choice, model = learn(form, seen.raw, recipe)
        if name == SHIPPED:
            model = shipped = model_of({"labels": list(model.names)}, weights(model))
        own = figures(model, form, choice, unseen)
        found |= {f"{name}_{key}": value for key, value in own.items()}
    means = raw_means(shipped, FORMS[SHIPPED], seen.raw)
    return card(shipped, means, found | _kept(shipped, unseen), recipe), weights(shipped)


def learn(form: Form, raw: Array, recipe: Recipe) -> tuple[Choice, Model]:
    """Choose how many states by Sittings left out, fit to all (S, T, 6), name the states."""
    told = list(form.view(raw))

    def fitted(sequences: Sequence[Array], k: int) -> Model:
        rng = np.random.default_rng((recipe.seed, k))
        some = side_by_side(sequences)
        return fit(some, k, form.drawn, starts=recipe.starts, iterations=100, rng=rng)

    choice = choose(told, STATES, fitted, rng=np.random.default_rng(recipe.seed))
    return choice, named(fitted(told, choice.k), form, raw)


def named(model: Model, form: Form, raw: Array) -> Model:
    """Return the model with its states named by what was done in them, in the names' order."""
    names = name_states(raw_means(model, form, raw))
    order = np.argsort(names, kind="stable")
    return ordered(model, order, tuple(names[row] for row in order))


def raw_means(model: Model, form: Form, raw: Array) -> Array:
    """Return (k, 6): what was done in each state, in raw units, in Sittings (S, T, 6)."""
    state = np.concatenate([[one.proba for one in filtered(model, form.view(own))] for own in raw])
    rows = raw.reshape(-1, len(NAMES))
    known = ~np.isnan(rows)
    return np.asarray(state.T @ np.where(known, rows, 0.0) / (state.T @ known))


def figures(model: Model, form: Form, choice: Choice, unseen: Sittings) -> dict[str, Any]:
    """Return how often the filter's best state is the true one, and Viterbi's, which knows all."""
    names = np.array(model.names)
    truth = np.array(list(TRUE))[unseen.states]  # (S, T)
    views = form.view(unseen.raw)
    online = truth == [_online(model, view) for view in views]
    whole = truth == [names[likeliest_path(model, view)] for view in views]
    return {
        "states": choice.k,
        **{f"held_out_{k}": round(value, 4) for k, value in choice.held_out.items()},
        "online_accuracy": _over_sittings(online.mean(axis=1)),
        "viterbi_accuracy": _over_sittings(whole.mean(axis=1)),
        "online_of_viterbi": round(float(online.mean() / whole.mean()), 4),
    }


def _online(model: Model, view: Array) -> list[str]:
    """Return the likeliest name at each step of (T, F), of that step and those before alone."""
    chances = [by_name(model, state.proba) for state in filtered(model, view)]
    return [max(each, key=lambda name: each[name]) for each in chances]


def _over_sittings(each: Array) -> list[float]:
    error = 1.96 * each.std(ddof=1) / np.sqrt(len(each))
    return [
        round(float(value), 4) for value in (each.mean(), each.mean() - error, each.mean() + error)
    ]


def _kept(model: Model, unseen: Sittings) -> dict[str, Any]:
    """Return how large the commonest state is, and how steady the names are under a refit."""
    largest = np.bincount(unseen.states.ravel()).max() / unseen.states.size
    views = scaled(unseen.raw)
    again = refitted(model, views)
    pairs = [(likeliest_path(model, view), likeliest_path(again, view)) for view in views]
    same = np.mean([before == after for before, after in pairs])
    return {
        "sittings": len(views),
        "largest_state_share": round(float(largest), 4),
        "same_state_after_refit": round(float(same), 4),
    }


def refitted(model: Model, views: Array) -> Model:
    """Go on learning from other Sittings (S, T, F); the states keep their order and names."""
    return aligned(refit(model, side_by_side(list(views)), iterations=100)[0], model)


def card(model: Model, means: Array, found: dict[str, Any], recipe: Recipe) -> dict[str, Any]:
    """Return the card of design section 7."""
    return {
        "name": "behaviour",
        "title": "behaviour states, learned from simulated learners",
        "kind": "behaviour",
        "origin": "simulated",
        "streams": {
            "pointer": {"channels": ["clicks", "idle_s"], "backends": ["any"]},
            "activity": {"channels": ["blurs"], "backends": ["any"]},
            "typing": {"channels": ["flight_mean"], "backends": ["any"]},
        },
        "never_seen": [],
        "labels": list(model.names),
        "window_s": STEP_S,
        "hop_s": STEP_S,
        "temperature": 1.0,
        "threshold": SURE,
        "network": {
            "form": "GaussianHMM",
            "observations": list(NAMES),
            "dwell": DWELL,
            "named_by": {"away": list(AWAY), "toil": list(TOIL)},
            "raw_means": means.round(3).tolist(),
        },
        "protocol": (
            "Simulated Sittings only, other ones to test; states by log-likelihood of Sittings "
            "left out, fewest within one standard error. Interval over Sittings."
        ),
        "figures": found,
        "data": "rates of emotion/behaviour/sittings.py, assumed",
        "seed": recipe.seed,
        "code": "recipe 2",
        "limits": [
            "Never shown a person: the rates of each state are assumed.",
            "Steps of 10 s that do not overlap; hints and video events are course records.",
        ],
    }


def weights(model: Model) -> Weights:
    """Return the model's tensors, float32."""
    parts = {"start": model.start, "moves": model.moves, **model.family.parts()}
    return {name: part.astype(np.float32) for name, part in parts.items()}


def model_of(card: Card, weights: Weights) -> Model:
    """Return the model of a behaviour artefact as `emotion.artefacts.read` read it."""
    parts = {name: part.astype(np.float64) for name, part in weights.items()}
    start, moves = parts.pop("start"), parts.pop("moves")
    return Model(
        names=tuple(card["labels"]),
        start=start / start.sum(),
        moves=moves / moves.sum(axis=1, keepdims=True),
        family=Gaussian(**parts),
    )
