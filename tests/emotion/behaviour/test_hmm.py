"""Paper 3's equation 5 and the online filter, compared with brute force and hmmlearn."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp
from scipy.stats import norm, poisson

from emotion.behaviour.hmm import (
    FilterState,
    HiddenMarkovModel,
    filter_all,
    filter_step,
    find_settled_name,
    likeliest_path,
    log_likelihood,
    sum_by_name,
)
from tests.fixtures.emotion.hidden_markov_models import (
    FAMILIES,
    draw_model,
    rows,
    to_hmmlearn,
    to_their_observations,
)

every_family = pytest.mark.parametrize("family", FAMILIES)


def density(model, state, row):
    """Return the log density of one step by SciPy, or from the table itself."""
    parts = {name: part[state] for name, part in model.family.parts().items()}
    if "mean" in parts:
        return norm.logpdf(row, parts["mean"], np.sqrt(parts["variance"])).sum()
    if "rate" in parts:
        return poisson.logpmf(row, parts["rate"]).sum()
    return sum(np.log(parts["share"][at, int(symbol)]) for at, symbol in enumerate(row))


def all_paths(model, observations):
    """Yield every hidden path, and the logarithm of its probability with the observations."""
    found = []
    for path in product(range(len(model.start)), repeat=len(observations)):
        moves = [
            model.start[path[0]],
            *(model.moves[a, b] for a, b in pairwise(path)),
        ]
        seen = [density(model, s, row) for s, row in zip(path, observations, strict=True)]
        found.append((np.log(moves).sum() + sum(seen), path))
    return found


@every_family
@given(seed=st.integers(0, 5000))
def test_paper_3_equation_5_equals_the_sum_over_all_64_paths(family, seed):
    """B15."""
    model, observations = draw_model(seed, family), rows(seed, family)
    paths = all_paths(model, observations)
    assert len(paths) == 64
    assert log_likelihood(model, observations) == pytest.approx(
        logsumexp([chance for chance, _ in paths]), abs=1e-9
    )


@every_family
@given(seed=st.integers(0, 5000))
def test_the_viterbi_path_is_the_best_of_all_64(family, seed):
    model, observations = draw_model(seed, family), rows(seed, family)
    chances = {path: chance for chance, path in all_paths(model, observations)}
    found = tuple(likeliest_path(model, observations).tolist())
    assert chances[found] == pytest.approx(max(chances.values()), abs=1e-9)


@every_family
@given(seed=st.integers(0, 5000))
def test_the_online_state_is_the_batch_posterior_so_far(family, seed):
    observed = 1 if family == "categorical" else 2
    model, observations = draw_model(seed, family, 3, observed), rows(seed, family, 20, observed)
    batch, told = to_hmmlearn(model), to_their_observations(observations, family)
    states = filter_all(model, observations)
    for at in (0, 7, 19):
        likelihood, posterior = batch.score_samples(told[: at + 1])
        np.testing.assert_allclose(states[at].proba, posterior[-1], atol=1e-9)
        assert states[at].log_likelihood == pytest.approx(likelihood, abs=1e-8)


@every_family
@given(seed=st.integers(0, 5000), at=st.integers(0, 10))
def test_a_second_worker_continues_where_the_first_stopped(family, seed, at):
    model, observations = draw_model(seed, family, 3), rows(seed, family, 11)
    whole = filter_all(model, observations)[-1]
    state = None
    for observed in observations[:at]:
        state = filter_step(model, state, observed)
    kept = state and FilterState(np.array(state.proba.tolist()), state.log_likelihood)
    for observed in observations[at:]:
        kept = filter_step(model, kept, observed)
    np.testing.assert_array_equal(kept.proba, whole.proba)


@every_family
@given(seed=st.integers(0, 5000))
def test_missing_observations_have_no_effect(family, seed):
    model, observations = draw_model(seed, family), rows(seed, family)
    blind = np.array(observations)
    blind[:, 1] = np.nan
    first = {name: part[:, :1] for name, part in model.family.parts().items()}
    narrow = HiddenMarkovModel(model.names, model.start, model.moves, type(model.family)(**first))
    assert log_likelihood(model, blind) == pytest.approx(
        log_likelihood(narrow, observations[:, :1])
    )


@every_family
def test_a_step_without_observations_only_applies_the_transition(family):
    model = draw_model(3, family)
    before = filter_step(model, None, rows(3, family)[0])
    after = filter_step(model, before, np.full(2, np.nan))
    np.testing.assert_allclose(after.proba, before.proba @ model.moves)
    assert after.log_likelihood == pytest.approx(before.log_likelihood)


def test_another_number_of_observations_is_refused():
    with pytest.raises(ValueError, match=r"expected 2 observations, got \(3,\)"):
        filter_step(draw_model(1, "gaussian"), None, np.zeros(3))


def twice_a(*sure_of):
    """Return the results for two states a and one b, after steps with these probabilities."""
    model = draw_model(1, "gaussian", 3)
    named = HiddenMarkovModel(("a", "a", "b"), model.start, model.moves, model.family)
    return named, [FilterState(np.array(proba), 0.0) for proba in sure_of]


@pytest.mark.parametrize(
    ("sure_of", "expected"),
    [
        ([(0.9, 0, 0.1), (0.8, 0, 0.2)], "a"),
        ([(0.1, 0, 0.9), (0.8, 0, 0.2)], ""),
        ([(0.9, 0, 0.1), (0.55, 0, 0.45)], ""),
        ([(0.9, 0, 0.1)], ""),
        ([(0.1, 0, 0.9), (0.9, 0, 0.1), (0.9, 0, 0.1)], "a"),
        ([(0.4, 0.3, 0.3), (0.3, 0.35, 0.35)], "a"),
        ([(0.3, 0.3, 0.4), (0.3, 0.3, 0.4)], "a"),
    ],
)
def test_a_name_counts_after_two_steps_of_high_joint_probability(sure_of, expected):
    model, states = twice_a(*sure_of)
    assert find_settled_name(model, states, sure=0.6, dwell=2) == expected


def test_states_with_the_same_name_add_their_probabilities():
    model, _ = twice_a()
    assert sum_by_name(model, np.array([0.2, 0.3, 0.5])) == {"a": 0.5, "b": 0.5}
