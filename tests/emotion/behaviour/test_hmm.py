"""Paper 3's equation 5 and the online filter, against brute force and hmmlearn."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hmmlearn.hmm import GaussianHMM
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import norm

from emotion.behaviour.hmm import Filtered, Model, filtered, log_likelihood, settled, step


def drawn(seed, states=2, observed=2):
    rng = np.random.default_rng(seed)
    return Model(
        names=tuple("abc"[:states]),
        start=rng.dirichlet(np.ones(states)),
        moves=rng.dirichlet(np.ones(states), states),
        mean=rng.normal(0, 1, (states, observed)),
        variance=rng.uniform(0.2, 2, (states, observed)),
    )


def rows(seed, steps=6, observed=2):
    return np.random.default_rng(seed + 1).normal(0, 1.5, (steps, observed))


def by_brute_force(model, observations):
    """Equation 5: the sum over every hidden path."""
    paths = []
    for path in product(range(len(model.start)), repeat=len(observations)):
        moves = [
            model.start[path[0]],
            *(model.moves[a, b] for a, b in pairwise(path)),
        ]
        seen = [
            norm.logpdf(row, model.mean[s], np.sqrt(model.variance[s])).sum()
            for s, row in zip(path, observations, strict=True)
        ]
        paths.append(np.log(moves).sum() + sum(seen))
    return logsumexp(paths)


@given(st.integers(0, 5000))
def test_paper_3_equation_5_equals_the_sum_over_all_64_paths(seed):
    model, observations = drawn(seed), rows(seed)
    assert log_likelihood(model, observations) == pytest.approx(
        by_brute_force(model, observations), abs=1e-9
    )


@given(st.integers(0, 5000))
def test_the_online_state_is_the_batch_posterior_of_what_came_so_far(seed):
    model, observations = drawn(seed, 3), rows(seed, 20)
    batch = GaussianHMM(3, covariance_type="diag")
    batch.startprob_, batch.transmat_ = model.start, model.moves
    batch.means_, batch.covars_ = model.mean, model.variance
    states = filtered(model, observations)
    for at in (0, 7, 19):
        likelihood, posterior = batch.score_samples(observations[: at + 1])
        np.testing.assert_allclose(states[at].proba, posterior[-1], atol=1e-9)
        assert states[at].log_likelihood == pytest.approx(likelihood, abs=1e-8)


@given(st.integers(0, 5000), st.integers(0, 10))
def test_a_worker_that_takes_over_goes_on_where_the_first_stopped(seed, at):
    model, observations = drawn(seed, 3), rows(seed, 11)
    whole = filtered(model, observations)[-1]
    state = None
    for observed in observations[:at]:
        state = step(model, state, observed)
    kept = state and Filtered(np.array(state.proba.tolist()), state.log_likelihood)
    for observed in observations[at:]:
        kept = step(model, kept, observed)
    np.testing.assert_array_equal(kept.proba, whole.proba)


@given(st.integers(0, 5000))
def test_what_was_not_observed_says_nothing(seed):
    model, observations = drawn(seed), rows(seed)
    blind = np.array(observations)
    blind[:, 1] = np.nan
    narrow = Model(model.names, model.start, model.moves, model.mean[:, :1], model.variance[:, :1])
    assert log_likelihood(model, blind) == pytest.approx(
        log_likelihood(narrow, observations[:, :1])
    )


def test_a_step_without_any_observation_only_moves_the_state():
    model = drawn(3)
    before = step(model, None, rows(3)[0])
    after = step(model, before, np.full(2, np.nan))
    np.testing.assert_allclose(after.proba, before.proba @ model.moves)
    assert after.log_likelihood == pytest.approx(before.log_likelihood)


def test_another_number_of_observations_is_refused():
    with pytest.raises(ValueError, match=r"expected \(2,\) observations, got \(3,\)"):
        step(drawn(1), None, np.zeros(3))


@pytest.mark.parametrize(
    ("sure_of", "expected"),
    [
        ([(0.9, 0), (0.8, 0)], "a"),
        ([(0.9, 1), (0.8, 0)], ""),
        ([(0.9, 0), (0.55, 0)], ""),
        ([(0.9, 0)], ""),
        ([(0.9, 1), (0.9, 0), (0.9, 0)], "a"),
    ],
)
def test_a_state_is_named_once_it_is_sure_for_two_steps(sure_of, expected):
    states = [
        Filtered(np.array([p, 1 - p] if best == 0 else [1 - p, p]), 0.0) for p, best in sure_of
    ]
    assert settled(states, ("a", "b"), sure=0.6, dwell=2) == expected
