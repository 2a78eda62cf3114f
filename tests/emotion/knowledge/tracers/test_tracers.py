"""Each model of knowledge has probabilities in (0, 1), uses no later answers, keeps a contract."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone

from emotion.benchmarks._kt_rows import MODELS
from emotion.evaluation.metrics.probability import auroc_of_draws
from tests.fixtures.emotion.response_logs import make_log, replace_answers, split

# With so little data they take small steps.
SMALL = {
    "answers": 60,
    "width": 16,
    "heads": 2,
    "layers": 1,
    "dropout": 0.0,
    "rate": 0.03,
}
SETTINGS = {
    "attentive": SMALL | {"epochs": 15, "patience": 15},
    "akt": SMALL | {"epochs": 30, "patience": 30},
}

every = pytest.mark.parametrize("name", MODELS)
TRAIN, TEST = split(make_log(), 25)


@pytest.fixture(scope="module")
def fitted():
    """Each model, fitted once on first use."""
    torch.set_num_threads(1)
    models = {}

    def get(name):
        if name not in models:
            model = MODELS[name](0).set_params(**SETTINGS.get(name, {}))
            models[name] = model.fit(TRAIN)
        return models[name]

    return get


def right(model, log):
    return model.predict_proba(log)[:, 1]


@every
@settings(max_examples=15)
@given(data=st.data())
def test_later_answers_change_no_earlier_prediction(fitted, name, data):
    """Nor does an answer change its own prediction, or another learner's."""
    user = data.draw(st.sampled_from(np.unique(TEST.users).tolist()))
    own = np.flatnonzero(TEST.users == user)
    place = data.draw(st.integers(0, len(own) - 1))
    later = own[place:]
    drawn = data.draw(st.lists(st.integers(0, 1), min_size=len(later), max_size=len(later)))
    changed = right(fitted(name), replace_answers(TEST, later, np.array(drawn)))
    earlier = np.setdiff1d(np.arange(len(TEST)), own[place + 1 :])
    np.testing.assert_allclose(changed[earlier], right(fitted(name), TEST)[earlier], atol=1e-6)


@every
@settings(max_examples=10)
@given(correct=st.lists(st.integers(0, 1), min_size=len(TEST), max_size=len(TEST)))
def test_a_probability_is_always_between_0_and_1(fitted, name, correct):
    found = fitted(name).predict_proba(
        replace_answers(TEST, np.arange(len(TEST)), np.array(correct))
    )
    assert ((found > 0) & (found < 1)).all()
    np.testing.assert_allclose(found.sum(axis=1), 1)


@every
def test_earlier_answers_do_change_predictions(fitted, name):
    none, all_ = (
        right(fitted(name), replace_answers(TEST, np.arange(len(TEST)), value)) for value in (0, 1)
    )
    last = np.flatnonzero(np.diff(np.append(TEST.users, -1)))
    assert (all_[last] > none[last] + 0.02).mean() > 0.9


@every
def test_it_beats_chance_on_unseen_learners(fitted, name):
    whole = np.ones((1, len(np.unique(TEST.users))))
    area = auroc_of_draws(right(fitted(name), TEST), TEST.correct == 1, TEST.users, whole)[0]
    assert area > 0.6


@every
def test_it_keeps_scikit_learns_contract(fitted, name):
    model = fitted(name)
    assert clone(model).get_params() == model.get_params()
    assert model.classes_.tolist() == [0, 1]
    likelier = (right(model, TEST) > 0.5).astype(int)
    np.testing.assert_array_equal(model.predict(TEST), likelier)
    assert not [attribute for attribute in vars(clone(model)) if attribute.endswith("_")]


@every
def test_the_same_seed_gives_the_same_figures(fitted, name):
    again = clone(fitted(name)).fit(TRAIN)
    np.testing.assert_array_equal(right(again, TEST), right(fitted(name), TEST))


@every
def test_unseen_items_and_skills_are_accepted(fitted, name):
    strange = make_log(learners=5, items=50, skills=9, seed=3)
    found = right(fitted(name), strange)
    assert np.isfinite(found).all()
    fewer = make_log(learners=5, items=10, skills=3, seed=3)
    assert np.isfinite(right(fitted(name), fewer)).all()
