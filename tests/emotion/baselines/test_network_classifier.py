"""One wrapper for all networks: scikit-learn's contract, early stopping on other people, seeds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GroupKFold, cross_val_predict

from emotion.baselines.network_classifier import (
    NetworkClassifier,
    _group_parameters,
    _hide_modalities,
)
from emotion.networks import lstm, mlp, shallow_cnn
from tests.fixtures.models.sklearn_contract import keeps_the_contract

INPUTS = {"gaze": 2, "ppg": 1}


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def make_quick(module=lstm, **how):
    config = replace(module.Config.small(), inputs=INPUTS)
    return NetworkClassifier(config, **{"epochs": 15, "rate": 1e-2, "l2": 0.0, **how})


def draw_ordered_bumps(people=12, each=20, seed=0):
    """Return Windows whose label is which of two bumps comes first: X (N, 10, 3), y, people."""
    rng = np.random.default_rng(seed)
    count = people * each
    y = rng.integers(0, 2, count)
    X = rng.normal(0, 0.2, (count, 10, 3)).astype(np.float32)
    early, late = rng.integers(0, 4, count), rng.integers(6, 10, count)
    X[np.arange(count), np.where(y == 1, early, late), 0] += 2
    X[np.arange(count), np.where(y == 1, late, early), 1] += 2
    return X, np.array(["b", "a"])[y], np.repeat(np.arange(people), each)


table = NetworkClassifier(mlp.Config(inputs={}, hidden=(16,)), epochs=20, rate=3e-2, l2=0.0)


@keeps_the_contract(table)
def test_it_keeps_scikit_learns_contract(estimator, check):
    check(estimator)


def test_a_sequence_network_learns_from_order():
    X, y, people = draw_ordered_bumps()
    found = cross_val_predict(
        make_quick(), X, y, groups=people, cv=GroupKFold(3), params={"groups": people}
    )
    assert (found == y).mean() > 0.9


def test_a_perceptron_of_means_does_not():
    X, y, people = draw_ordered_bumps()
    found = cross_val_predict(make_quick(mlp), X, y, groups=people, cv=GroupKFold(3))
    assert 0.3 < (found == y).mean() < 0.7


def test_no_person_is_in_both_training_and_validation():
    _, _, people = draw_ordered_bumps()
    labels = np.zeros(len(people), np.int64)
    for seed in range(5):
        train, valid = make_quick()._split(labels, people, seed)
        assert not set(people[train]) & set(people[valid])
        assert len(train) + len(valid) == len(people)


def test_it_stops_early_and_keeps_the_best_epoch():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 10, 3)).astype(np.float32)
    y = rng.integers(0, 2, 120)  # nothing to learn: training loss falls, validation loss does not
    found = make_quick(epochs=100, patience=4).fit(X, y, groups=np.arange(120) // 10)
    losses = found.history_[:, 1]
    assert len(losses) == found.best_epoch_ + 1 + 4
    assert losses.argmin() == found.best_epoch_
    train, valid = found._split(y, np.arange(120) // 10, _seed(found))
    proba = found.predict_proba(X[valid])[np.arange(len(valid)), y[valid]]
    counts = np.bincount(y[train], minlength=2)
    weights = (len(train) / (2 * counts))[y[valid]]
    assert -(weights * np.log(proba)).sum() / weights.sum() == pytest.approx(
        losses[found.best_epoch_], rel=1e-4
    )


def _seed(found):
    return int(np.random.RandomState(found.random_state).randint(2**31))


def test_predictions_depend_on_the_seed():
    X, y, people = draw_ordered_bumps(each=6)
    first, again, other = (
        make_quick(epochs=2, random_state=seed).fit(X, y, people).predict_proba(X)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-4


def test_the_global_generator_of_torch_is_unchanged():
    X, y, people = draw_ordered_bumps(each=4)
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    make_quick(epochs=1).fit(X, y, people)
    assert torch.rand(1) == expected


def test_rare_classes_have_the_weight_of_common_ones():
    """Without any signal, balanced weights give one half each, and counts give one in ten."""
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(400, 1, 3)).astype(np.float32), np.arange(400) % 10 == 0
    balanced = make_quick(mlp, epochs=3).fit(X, y).predict_proba(X)[:, 1].mean()
    counted = make_quick(mlp, epochs=3, class_weight=None).fit(X, y).predict_proba(X)[:, 1].mean()
    assert balanced == pytest.approx(0.5, abs=0.12)
    assert counted == pytest.approx(0.1, abs=0.08)


def test_l2_makes_weights_smaller_and_leaves_biases_alone():
    X, y, people = draw_ordered_bumps(each=6)
    plain, held = (make_quick(epochs=6, l2=l2).fit(X, y, people).network_ for l2 in (0.0, 1.0))
    sizes = [sum(w.square().sum() for w in n.parameters() if w.ndim > 1) for n in (plain, held)]
    assert sizes[1] < 0.75 * sizes[0]
    # The gradient of w^2 is 2 w.
    assert [group.get("weight_decay", 0.0) for group in _group_parameters(held, 1.0)] == [2.0, 0.0]


def test_gaps_are_masked_not_zero():
    X, y, people = draw_ordered_bumps(each=6)
    found = make_quick(epochs=2).fit(X, y, people)
    gone = X.copy()
    gone[:, 7:] = np.nan
    np.testing.assert_allclose(found.predict_proba(gone), found.predict_proba(X[:, :7]), atol=1e-5)


def test_dropout_hides_whole_modalities_of_a_row():
    shown = _hide_modalities(
        make_quick().config, torch.ones(500, 4, 3), 0.3, torch.Generator().manual_seed(0)
    )
    gone = torch.isnan(shown)
    for part in (gone[..., :2], gone[..., 2:]):
        whole = part.all(dim=2).all(dim=1)
        assert (whole | ~part.any(dim=2).any(dim=1)).all()
        assert 0.2 < whole.float().mean() < 0.4


def test_training_does_not_read_hidden_modalities():
    X, y, people = draw_ordered_bumps(each=8)
    seen, hidden = (make_quick(hidden=rate).fit(X, y, people).history_ for rate in (0.0, 1.0))
    assert hidden[:, 0].min() > 0.6
    assert seen[:, 0].min() < 0.5


def test_pictures_go_through_the_same_wrapper():
    rng = np.random.default_rng(3)
    y = rng.integers(0, 3, 90)
    X = rng.random((90, 16, 16)).astype(np.float32) * 0.3
    for row, label in enumerate(y):
        X[row, 5 * label : 5 * label + 4] += 0.7
    config = replace(shallow_cnn.Config.small(), side=16)
    found = NetworkClassifier(config, epochs=20, rate=3e-3, l2=0.0).fit(X[:70], y[:70])
    assert found.score(X[70:], y[70:]) > 0.9


def test_another_number_of_features_is_refused():
    with pytest.raises(ValueError, match="expected 3 features"):
        make_quick().fit(np.zeros((8, 10, 4)), [0, 1] * 4)


def test_a_loss_that_is_never_finite_raises():
    X, y, people = draw_ordered_bumps(each=4)
    with pytest.raises(ValueError, match="try a rate below"):
        make_quick(epochs=3, rate=1e30).fit(X, y, people)


def test_a_clone_is_unfitted_and_has_the_same_parameters():
    found = make_quick(hidden=0.2)
    again = clone(found)
    assert again.get_params() == found.get_params()
    assert not hasattr(again, "network_")
