"""A baseline that knows only the context predicts the training shares of that code, no more."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone

from emotion.baselines.context_only import ByCode, last_label_codes, time_codes


def test_shares_by_hand():
    """Code 1: two of a, one of b, and one row's worth of the prior (3/5, 2/5)."""
    found = ByCode().fit([[1], [1], [1], [2], [2]], ["a", "a", "b", "b", "a"])
    expected = [(2 + 3 / 5) / 4, (1 + 2 / 5) / 4]
    np.testing.assert_allclose(found.predict_proba([[1]]), [expected])
    assert found.predict([[1]]) == ["a"]


def test_an_unseen_code_gets_the_prior():
    found = ByCode().fit([[1], [1], [2], [2]], [0, 0, 0, 1])
    np.testing.assert_allclose(found.predict_proba([[7]]), [[0.75, 0.25]])


def test_a_known_video_reveals_its_label_and_a_new_video_does_not():
    """The leak in paper 1's protocol: without any signal, nine in ten predictions are right."""
    rng = np.random.default_rng(0)
    videos = rng.integers(0, 5, 4000)
    labels = np.where(rng.random(4000) < 0.9, videos % 4, rng.integers(0, 4, 4000))
    seen = ByCode().fit(videos[:2000, None], labels[:2000])
    assert seen.score(videos[2000:, None], labels[2000:]) > 0.85
    new = ByCode().fit(videos[videos < 4, None], labels[videos < 4])
    proba = new.predict_proba(videos[videos == 4, None])
    np.testing.assert_allclose(proba, np.broadcast_to(new.prior_, proba.shape))


def test_times_fall_into_bins():
    assert time_codes(np.array([0.0, 29.9, 30.0, 95.0])).tolist() == [[0], [0], [1], [3]]


def test_the_last_label_is_the_previous_one_of_the_same_sitting():
    labels, sittings = np.array([5, 6, 7, 8, 9]), np.array([1, 2, 1, 2, 1])
    seconds = np.array([20.0, 0.0, 0.0, 10.0, 10.0])
    # Sitting 1 in time: 7, 9, 5; sitting 2: 6, 8.
    assert last_label_codes(labels, sittings, seconds)[:, 0].tolist() == [9, -1, -1, 6, 7]


def test_it_keeps_scikit_learns_contract():
    found = clone(ByCode(strength=2.0))
    assert found.get_params() == {"strength": 2.0}
    with pytest.raises(ValueError, match="continuous"):
        found.fit([[0], [1]], [0.1, 0.2])
