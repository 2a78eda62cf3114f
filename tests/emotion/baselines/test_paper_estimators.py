"""Every estimator in the papers' tables can be fitted, predicts probabilities and can be cloned."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.base import clone

from emotion.baselines import paper_estimators
from emotion.networks import shallow_cnn

INPUTS = {"gaze": 3, "ppg": 2, "semantics": 4}
QUICK = {"epochs": 2, "random_state": 0}
PAPER_1 = {"KNN", "LSTM", "CNN-LSTM", "Transformer", "CLA-TCN", "CMHA", "pairwise"}
PAPER_2 = {"SVM (HC)", "MLP (HC)"}
PAPER_3 = {"SVM+LBP", "RF+Geo", "KNN+AU", "MLP", "CNN-shallow", "CNN-LSTM", "Transformer"}


def draw_inputs(name, count=48):
    """Return this estimator's input, labels that affect it, and people."""
    rng = np.random.default_rng(0)
    y = np.arange(count) % 3
    if name in ("SVM+LBP", "CNN-shallow"):
        side = shallow_cnn.Config.small().side
        X = rng.random((count, side, side)) + np.linspace(0, 1, side) * y[:, None, None]
    elif name == "RF+Geo":
        X = rng.normal(0, 0.1, (count, 68, 2)) + np.random.default_rng(1).normal(0, 9, (68, 2))
        X[:, 48:54, 1] += y[:, None]
    elif name in ("majority", "video-ID", "time-in-sitting", "last label"):
        X = y[:, None]
    else:
        X = rng.normal(size=(count, 10, 9)) + y[:, None, None]
        X[rng.random(X.shape) < 0.1] = np.nan
        X[5, :, 3:5] = np.nan
    return X.astype(np.float32), y, np.arange(count) // 6


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


PAPERS = (
    paper_estimators.make_trivial(),
    paper_estimators.make_paper_1(INPUTS, **QUICK),
    paper_estimators.make_paper_2(INPUTS, **QUICK),
    paper_estimators.make_paper_3(INPUTS, **QUICK),
)
ESTIMATORS = [
    pytest.param(name, each, id=f"{paper}-{name}")
    for paper, found in enumerate(PAPERS)
    for name, each in found.items()
]


@pytest.mark.parametrize(("name", "estimator"), ESTIMATORS)
def test_it_fits_and_predicts_probabilities(name, estimator):
    X, y, people = draw_inputs(name)
    has_people = "network" in getattr(estimator, "named_steps", {})
    found = clone(estimator).fit(X, y, **{"network__groups": people} if has_people else {})
    proba = found.predict_proba(X)
    assert proba.shape == (len(X), 3)
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-5)
    assert (proba >= 0).all()
    assert found.classes_.tolist() == [0, 1, 2]


def test_each_paper_has_the_rows_of_its_tables():
    assert set(paper_estimators.make_paper_1(INPUTS)) == PAPER_1
    assert set(paper_estimators.make_paper_2(INPUTS)) == PAPER_2
    assert set(paper_estimators.make_paper_3(INPUTS)) == PAPER_3
    assert set(paper_estimators.make_trivial()) == {
        "majority",
        "video-ID",
        "time-in-sitting",
        "last label",
    }


@pytest.mark.parametrize("name", ["SVM+LBP", "RF+Geo"])
def test_the_handcrafted_features_learn_a_planted_signal(name):
    X, y, _ = draw_inputs(name, count=90)
    found = paper_estimators.make_paper_3(INPUTS)[name].fit(X[:60], y[:60])
    assert found.score(X[60:], y[60:]) > 0.6


def test_the_profile_and_the_options_reach_the_networks():
    found = paper_estimators.make_paper_1(INPUTS, "paper", epochs=3)["pairwise"].named_steps[
        "network"
    ]
    assert (found.config.heads, found.config.key, found.epochs) == (8, 128, 3)
    assert dict(found.config.inputs) == INPUTS
