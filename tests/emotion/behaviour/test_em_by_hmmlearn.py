"""hmmlearn trains the same models: its own classes where they can, its recursions everywhere."""

from __future__ import annotations

import numpy as np
import pytest
from hmmlearn.hmm import GaussianHMM
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.behaviour.em import CONVERGED, refit, stack
from emotion.behaviour.emissions import Gaussian
from emotion.behaviour.hmm import HiddenMarkovModel
from emotion.behaviour.observations import to_gaussian
from emotion.behaviour.simulated_sittings import simulate
from tests.fixtures.emotion.hidden_markov_models import FAMILIES, draw_model, rows
from tests.fixtures.emotion.hmmlearn_training import train_on_rows, train_once

every_family = pytest.mark.parametrize("family", FAMILIES)


def draw_ragged(seed, family, observed, count=10):
    lengths = np.random.default_rng(seed).integers(1, 25, count)
    return [rows(seed + at, family, int(steps), observed) for at, steps in enumerate(lengths)]


def assert_same(ours, theirs, *, atol=1e-9):
    np.testing.assert_allclose(ours.start, theirs.start, atol=atol)
    np.testing.assert_allclose(ours.moves, theirs.moves, atol=atol)
    for name, part in ours.family.parts().items():
        np.testing.assert_allclose(part, theirs.family.parts()[name], atol=atol, err_msg=name)


@every_family
@given(seed=st.integers(0, 5000))
@settings(deadline=None, max_examples=25)
def test_one_step_is_that_of_hmmlearns_own_class(family, seed):
    observed = 1 if family == "categorical" else 2
    begun, sequences = (
        draw_model(seed, family, 3, observed),
        draw_ragged(seed, family, observed),
    )
    ours, _ = refit(begun, stack(sequences), iterations=1)
    assert_same(ours, train_once(begun, sequences, family))


@every_family
@given(seed=st.integers(0, 5000))
@settings(deadline=None, max_examples=25)
def test_ten_steps_with_missing_observations_are_those_of_its_recursions(family, seed):
    begun, sequences = draw_model(seed, family, 3, 2), draw_ragged(seed, family, 2)
    rng = np.random.default_rng(seed)
    for each in sequences:
        each[rng.random(each.shape) < 0.4] = np.nan
    ours, _ = refit_without_stop(begun, sequences, 10)
    assert_same(ours, train_on_rows(begun, sequences, iterations=10), atol=1e-7)


def refit_without_stop(begun, sequences, iterations):
    model, seen = begun, stack(sequences)
    for _ in range(iterations):
        model, likelihood = refit(model, seen, iterations=1)
    return model, likelihood


def test_it_trains_the_shipped_form_to_the_same_model():
    """Sittings as they are: half without a video, half without hints, most without typing."""
    views = list(to_gaussian(simulate(40, 60, rng=np.random.default_rng(5)).raw))
    assert np.isnan(np.concatenate(views)).any(axis=1).all()
    family = Gaussian.draw_initial(np.concatenate(views), 4, np.random.default_rng(1))
    moves = (np.ones((4, 4)) + 6 * np.eye(4)) / 10
    begun = HiddenMarkovModel(("",) * 4, np.full(4, 0.25), moves, family)
    ours, _ = refit(begun, stack(views), iterations=100)

    theirs = train_on_rows(
        begun, views, iterations=100, tol=CONVERGED * sum(len(view) for view in views)
    )

    assert_same(ours, theirs, atol=1e-6)


def test_its_own_class_refuses_a_missing_observation():
    """The reason why it cannot train the shipped model by itself (ADR 0068)."""
    views = to_gaussian(simulate(2, 20, rng=np.random.default_rng(5)).raw)
    with pytest.raises(ValueError, match="NaN"):
        GaussianHMM(3).fit(np.concatenate(list(views)))
