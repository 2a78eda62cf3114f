"""A forest as arrays gives exactly scikit-learn's probabilities."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

from emotion.models.wearable.forest import Forest, convert_trees, unpack_forest


@pytest.mark.parametrize("kind", [ExtraTreesClassifier, RandomForestClassifier])
@pytest.mark.parametrize("seed", range(3))
def test_it_equals_scikit_learn(kind, seed):
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(300, 6)).astype(np.float32)
    rows = np.round(rows, 1)  # many values equal a threshold
    labels = (rows[:, 0] + rows[:, 1] * rows[:, 2] + rng.normal(0, 0.5, 300) > 0).astype(int)
    model = kind(20, min_samples_leaf=3, random_state=seed).fit(rows, labels)
    ours = convert_trees(model.estimators_)
    asked = np.round(rng.normal(size=(500, 6)), 1).astype(np.float32)
    theirs = model.predict_proba(asked)[:, 1]
    np.testing.assert_allclose(ours.proba(asked), theirs, atol=1e-6)
    np.testing.assert_array_equal(unpack_forest(ours.pack()).proba(asked), ours.proba(asked))


def test_a_value_at_the_threshold_goes_left():
    arrays = ([1, -1, -1], [2, -1, -1], [0, 0, 0])
    left, right, column = (np.array(part, np.int32) for part in arrays)
    share = np.array([0, 0.25, 0.75], np.float32)
    stump = Forest(left, right, column, np.array([0.5, 0, 0], np.float32), share, left[:1] * 0)
    asked = np.array([[0.5], [np.nextafter(np.float32(0.5), np.float32(1))]], np.float32)
    assert stump.proba(asked).tolist() == [0.25, 0.75]
