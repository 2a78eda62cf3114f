"""Expectation maximisation: the likelihood only rises, and the true model is recovered."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.behaviour.em import fit, log_likelihoods, refit, stack
from emotion.behaviour.emissions import Categorical, Gaussian, Poisson
from emotion.behaviour.hmm import HiddenMarkovModel, log_likelihood
from tests.fixtures.emotion.hidden_markov_models import FAMILIES, SYMBOLS, draw_model, rows

DRAWN = {
    "gaussian": Gaussian.draw_initial,
    "poisson": Poisson.draw_initial,
    "categorical": partial(Categorical.draw_initial, symbols=SYMBOLS),
}
TRUE = {
    "gaussian": Gaussian(np.array([[-2.0], [2.0]]), np.array([[0.5], [1.0]])),
    "poisson": Poisson(np.array([[1.0], [8.0]])),
    "categorical": Categorical(np.array([[[0.7, 0.2, 0.05, 0.05]], [[0.05, 0.05, 0.3, 0.6]]])),
}
MOVES = np.array([[0.9, 0.1], [0.2, 0.8]])

every_family = pytest.mark.parametrize("family", FAMILIES)


def draw_ragged(seed, family, count=12):
    lengths = np.random.default_rng(seed).integers(1, 15, count)
    return [rows(seed + at, family, int(steps)) for at, steps in enumerate(lengths)]


def draw_sequences(family, rng, count=40, steps=60):
    found = []
    for _ in range(count):
        state, path = 0, []
        for _ in range(steps):
            path.append(state)
            state = int(rng.random() < MOVES[state, 1])
        one = TRUE[family]
        if family == "gaussian":
            found.append(rng.normal(one.mean[path], np.sqrt(one.variance[path])))
        elif family == "poisson":
            found.append(rng.poisson(one.rate[path]).astype(float))
        else:
            symbols = [rng.choice(SYMBOLS, p=one.share[s, 0]) for s in path]
            found.append(np.array(symbols, float)[:, None])
    return found


@every_family
@given(seed=st.integers(0, 500))
def test_batched_likelihoods_equal_single_ones(family, seed):
    model, sequences = draw_model(seed, family, 3), draw_ragged(seed, family)
    found = log_likelihoods(model, stack(sequences))
    np.testing.assert_allclose(found, [log_likelihood(model, each) for each in sequences])


@every_family
def test_every_iteration_increases_the_likelihood(family):
    model, seen = draw_model(5, family, 3), stack(draw_ragged(5, family, 60))
    before = -np.inf
    for _ in range(15):
        now = float(log_likelihoods(model, seen).sum())
        # The prior on unobserved values may cost this much.
        assert now > before - 0.05
        model, before = refit(model, seen, iterations=1)[0], now


@every_family
def test_the_true_states_are_recovered(family):
    sequences = draw_sequences(family, np.random.default_rng(2))
    seen = stack(sequences)
    model = fit(seen, 2, DRAWN[family], starts=3, iterations=100, rng=np.random.default_rng(0))
    order = np.argsort(TRUE[family].divergence(model.family), axis=1)[:, 0]
    assert sorted(order) == [0, 1]
    np.testing.assert_allclose(model.moves[np.ix_(order, order)], MOVES, atol=0.04)
    first = next(iter(model.family.reorder(order).parts().values()))
    np.testing.assert_allclose(first, next(iter(TRUE[family].parts().values())), atol=0.25)


@every_family
def test_states_are_recovered_with_half_of_the_observations_missing(family):
    rng = np.random.default_rng(3)
    sequences = draw_sequences(family, rng, count=80)
    for each in sequences:
        each[rng.random(len(each)) < 0.5] = np.nan
    seen = stack(sequences)
    model = fit(seen, 2, DRAWN[family], starts=3, iterations=100, rng=np.random.default_rng(0))
    order = np.argsort(TRUE[family].divergence(model.family), axis=1)[:, 0]
    np.testing.assert_allclose(model.moves[np.ix_(order, order)], MOVES, atol=0.06)


def test_a_refit_starts_from_the_given_model():
    sequences = stack(draw_sequences("gaussian", np.random.default_rng(4)))
    begun = HiddenMarkovModel(("low", "high"), np.array([0.5, 0.5]), MOVES, TRUE["gaussian"])
    model, _ = refit(begun, sequences, iterations=30)
    assert model.names == ("low", "high")
    np.testing.assert_allclose(model.family.mean, TRUE["gaussian"].mean, atol=0.1)
