"""Synthetic rows lie between two of their own label, in ADASYN's proportions."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.evaluation.smote import adasyn, smote


def crowd(seed=0, counts=(60, 20, 8)):
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(counts)), counts)
    x = rng.normal(0, 1, (len(labels), 2, 3)).astype(np.float32) + labels[:, None, None]
    return x, labels


@pytest.mark.parametrize("resample", [smote, adasyn])
def test_labels_become_about_equally_common_and_the_commonest_gets_no_rows(resample):
    x, labels = crowd()
    found = resample(x, labels, rng=np.random.default_rng(1))
    counts = np.bincount(found.labels)
    assert counts[0] == 60
    assert np.all(np.abs(counts[1:] - 60) <= 12)  # rounded parent by parent
    np.testing.assert_array_equal(found.x[: len(x)], x)


@pytest.mark.parametrize("resample", [smote, adasyn])
def test_a_synthetic_row_stays_within_its_own_label(resample):
    """Labels are 100 apart: any row between two of one label is near it."""
    x, labels = crowd()
    x += 100 * labels[:, None, None]
    found = resample(x, labels, rng=np.random.default_rng(1))
    made = slice(len(x), None)
    assert np.all(np.abs(found.x[made] - 101 * found.labels[made, None, None]) < 10)
    assert labels[found.parents].tolist() == found.labels.tolist()


def test_adasyn_makes_more_rows_near_other_labels():
    """Two clusters of the rare label, one of them inside the common one's."""
    rng = np.random.default_rng(0)
    common = rng.normal(0, 1, (100, 2))
    inside, apart = rng.normal(0, 1, (10, 2)), rng.normal(30, 0.5, (10, 2))
    x = np.concatenate([common, inside, apart]).astype(np.float32)
    labels = np.repeat([0, 1], [100, 20])
    found = adasyn(x, labels, rng=rng)
    parents = found.parents[len(x) :]
    assert np.sum(parents < 110) > 10 * np.sum(parents >= 110)
    even = smote(x, labels, rng=rng).parents[len(x) :]
    assert np.sum(even < 110) == np.sum(even >= 110)


def test_missing_values_are_not_invented():
    x, labels = crowd()
    x[labels == 2, 0, 1] = np.nan
    found = smote(x, labels, rng=np.random.default_rng(0))
    assert np.isnan(found.x[found.labels == 2, 0, 1]).all()
    assert not np.isnan(found.x[found.labels == 1]).any()
