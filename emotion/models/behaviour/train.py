"""Training of the behaviour models on simulated Sittings; the one with all observations ships."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emotion.artefacts import Card, Weights
from emotion.behaviour.em import InitialDraw, fit, refit, stack
from emotion.behaviour.emissions import Categorical, Gaussian, Poisson
from emotion.behaviour.hmm import HiddenMarkovModel, filter_all, likeliest_path, sum_by_name
from emotion.behaviour.model_selection import StateCountChoice, choose_state_count
from emotion.behaviour.observations import NAMES, STEP_S, to_counts, to_gaussian, to_levels
from emotion.behaviour.simulated_sittings import TRUE, Sittings, simulate
from emotion.behaviour.state_names import AWAY, TOIL, align_states, name_states, reorder

if TYPE_CHECKING:
    from emotion.training.checkpoint import Work
    from emotion.training.example_table import Say

Array = NDArray[np.float64]

# A state counts from this probability on, held for two steps (notes: mean posterior, dwell).
SURE: Final = 0.6
DWELL: Final = 2
# Candidate numbers of states.
STATES: Final = (2, 3, 4)


@dataclass(frozen=True, slots=True)
class BehaviourRecipe:
    """The number of simulated Sittings, of `steps` 10-s steps each, of starts, and the seed."""

    seed: int
    train: int
    test: int
    steps: int
    starts: int


class FamilySetup(NamedTuple):
    """A family's view of raw steps, and its initial draw."""

    view: Callable[[Array], Array]
    draw_initial: InitialDraw


SHIPPED: Final = "gaussian"
FORMS: Final[Mapping[str, FamilySetup]] = {
    "gaussian": FamilySetup(to_gaussian, Gaussian.draw_initial),
    "poisson": FamilySetup(to_counts, Poisson.draw_initial),
    "categorical": FamilySetup(to_levels, partial(Categorical.draw_initial, symbols=3)),
}


def train(
    recipe: BehaviourRecipe, *, say: Say, work: Work | None = None
) -> tuple[dict[str, Any], Weights]:
    """Fit each family on simulated Sittings, evaluate on others, return card and weights."""
    del work  # A killed training begins again: it takes a few minutes.
    rng = np.random.default_rng(recipe.seed)
    seen, unseen = (simulate(count, recipe.steps, rng=rng) for count in (recipe.train, recipe.test))
    found: dict[str, Any] = {}
    for name, form in FORMS.items():
        say(f"choosing the states of {name} on {recipe.train} simulated Sittings")
        choice, model = learn(form, seen.raw, recipe)
        if name == SHIPPED:
            model = shipped = make_model({"labels": list(model.names)}, weights(model))
        own = measure(model, form, choice, unseen)
        found |= {f"{name}_{key}": value for key, value in own.items()}
    means = raw_means(shipped, FORMS[SHIPPED], seen.raw)
    return card(shipped, means, found | _measure_stability(shipped, unseen), recipe), weights(
        shipped
    )


def learn(
    form: FamilySetup, raw: Array, recipe: BehaviourRecipe
) -> tuple[StateCountChoice, HiddenMarkovModel]:
    """Choose the number of states on held-out Sittings, fit to all (S, T, 6), name the states."""
    told = list(form.view(raw))

    def fitted(sequences: Sequence[Array], k: int) -> HiddenMarkovModel:
        rng = np.random.default_rng((recipe.seed, k))
        some = stack(sequences)
        return fit(some, k, form.draw_initial, starts=recipe.starts, iterations=100, rng=rng)

    choice = choose_state_count(told, STATES, fitted, rng=np.random.default_rng(recipe.seed))
    return choice, name_model(fitted(told, choice.k), form, raw)


def name_model(model: HiddenMarkovModel, form: FamilySetup, raw: Array) -> HiddenMarkovModel:
    """Return the model with its states named by the behaviour in them, in the names' order."""
    names = name_states(raw_means(model, form, raw))
    order = np.argsort(names, kind="stable")
    return reorder(model, order, tuple(names[row] for row in order))


def raw_means(model: HiddenMarkovModel, form: FamilySetup, raw: Array) -> Array:
    """Return (k, 6): mean raw observations in each state over Sittings (S, T, 6)."""
    state = np.concatenate(
        [[one.proba for one in filter_all(model, form.view(own))] for own in raw]
    )
    rows = raw.reshape(-1, len(NAMES))
    known = ~np.isnan(rows)
    return np.asarray(state.T @ np.where(known, rows, 0.0) / (state.T @ known))


def measure(
    model: HiddenMarkovModel, form: FamilySetup, choice: StateCountChoice, unseen: Sittings
) -> dict[str, Any]:
    """Return how often the filter's best state is the true one, and the same for Viterbi's."""
    names = np.array(model.names)
    truth = np.array(list(TRUE))[unseen.states]  # (S, T)
    views = form.view(unseen.raw)
    online = truth == [_filter_names(model, view) for view in views]
    whole = truth == [names[likeliest_path(model, view)] for view in views]
    return {
        "states": choice.k,
        **{f"held_out_{k}": round(value, 4) for k, value in choice.held_out.items()},
        "online_accuracy": _over_sittings(online.mean(axis=1)),
        "viterbi_accuracy": _over_sittings(whole.mean(axis=1)),
        "online_of_viterbi": round(float(online.mean() / whole.mean()), 4),
    }


def _filter_names(model: HiddenMarkovModel, view: Array) -> list[str]:
    """Return the most likely name at each step of (T, F), from that and earlier steps only."""
    chances = [sum_by_name(model, state.proba) for state in filter_all(model, view)]
    return [max(each, key=lambda name: each[name]) for each in chances]


def _over_sittings(each: Array) -> list[float]:
    error = 1.96 * each.std(ddof=1) / np.sqrt(len(each))
    return [
        round(float(value), 4) for value in (each.mean(), each.mean() - error, each.mean() + error)
    ]


def _measure_stability(model: HiddenMarkovModel, unseen: Sittings) -> dict[str, Any]:
    """Return the share of the most frequent state, and the stability of names under a refit."""
    largest = np.bincount(unseen.states.ravel()).max() / unseen.states.size
    views = to_gaussian(unseen.raw)
    again = refit_model(model, views)
    pairs = [(likeliest_path(model, view), likeliest_path(again, view)) for view in views]
    same = np.mean([before == after for before, after in pairs])
    return {
        "sittings": len(views),
        "largest_state_share": round(float(largest), 4),
        "same_state_after_refit": round(float(same), 4),
    }


def refit_model(model: HiddenMarkovModel, views: Array) -> HiddenMarkovModel:
    """Continue training on other Sittings (S, T, F); the states keep their order and names."""
    return align_states(refit(model, stack(list(views)), iterations=100)[0], model)


def card(
    model: HiddenMarkovModel, means: Array, found: dict[str, Any], recipe: BehaviourRecipe
) -> dict[str, Any]:
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


def weights(model: HiddenMarkovModel) -> Weights:
    """Return the model's tensors, float32."""
    parts = {"start": model.start, "moves": model.moves, **model.family.parts()}
    return {name: part.astype(np.float32) for name, part in parts.items()}


def make_model(card: Card, weights: Weights) -> HiddenMarkovModel:
    """Return the model of a behaviour artefact read by `emotion.artefacts.read`."""
    parts = {name: part.astype(np.float64) for name, part in weights.items()}
    start, moves = parts.pop("start"), parts.pop("moves")
    return HiddenMarkovModel(
        names=tuple(card["labels"]),
        start=start / start.sum(),
        moves=moves / moves.sum(axis=1, keepdims=True),
        family=Gaussian(**parts),
    )
