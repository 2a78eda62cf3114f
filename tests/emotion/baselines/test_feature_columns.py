"""Windows as one array: missing values stay missing, components come from training data."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.decomposition import PCA

from emotion.baselines.feature_columns import SemanticsPCA, StepScaler, join_modalities, summarise
from tests.fixtures.models.sklearn_contract import keeps_the_contract


def draw_values(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def segments(videos, each=12, width=30, seed=0):
    """Return the text of each segment (videos * each, D)."""
    return draw_values(videos * each, width, seed=seed)


def draw_windows(text, views, seed=0):
    """Return Windows (N, 1, D + 4) of people who watch some segments often and others once."""
    rows = np.repeat(
        np.arange(len(text)), np.random.default_rng(seed).integers(1, views, len(text))
    )
    return np.concatenate([draw_values(len(rows), 4), text[rows]], axis=1)[:, None]


@keeps_the_contract(StepScaler())
def test_the_scaler_keeps_scikit_learns_contract(estimator, check):
    check(estimator)


def test_modalities_are_concatenated_in_the_order_of_their_names():
    values = {"ppg": np.full((1, 2, 1), 3.0, np.float32), "gaze": np.ones((1, 2, 2), np.float32)}
    masks = {n: np.ones_like(x, bool) for n, x in values.items()}
    masks["gaze"][0, 1, 0] = False
    found = join_modalities(values, masks)
    np.testing.assert_array_equal(found, [[[1, 1, 3], [np.nan, 1, 3]]])


def test_scaling_ignores_missing_values():
    rows = draw_values(40, 10, 3) * [1, 5, 0] + [0, 100, 7]
    rows[::3, :, 1] = np.nan
    found = StepScaler().fit_transform(rows.astype(np.float32))
    seen = rows[..., 1][~np.isnan(rows[..., 1])]
    expected = (seen - seen.mean()) / seen.std()
    np.testing.assert_allclose(found[..., 1][~np.isnan(found[..., 1])], expected, atol=1e-4)
    assert np.isnan(found[::3, :, 1]).all()
    assert (found[..., 2] == 0).all()


def test_an_extreme_value_is_clipped():
    scaler = StepScaler().fit(draw_values(50, 10, 1))
    assert scaler.transform(np.full((1, 10, 1), 1e6, np.float32)).max() == 5


def test_a_summary_by_hand():
    rows = np.array([[[1, np.nan], [3, np.nan], [np.nan, np.nan]]], np.float32)
    np.testing.assert_array_equal(summarise(rows), [[2, np.nan, 1, np.nan]])


def test_a_table_is_windows_of_one_step():
    np.testing.assert_array_equal(summarise(np.array([[1.0, 2.0]])), [[1, 2, 0, 0]])


@pytest.mark.parametrize("components", [20, 25])
def test_components_count_each_segment_once(components):
    text = segments(5)
    found = SemanticsPCA(start=4, components=components).fit(draw_windows(text, 9))
    assert found.segments_ == len(text)
    # The space and the variance of each axis, regardless of signs.
    expected = PCA(components, svd_solver="full").fit(np.unique(text, axis=0))
    np.testing.assert_allclose(
        found.pca_.explained_variance_, expected.explained_variance_, rtol=1e-4
    )
    np.testing.assert_allclose(
        np.abs(found.pca_.components_), np.abs(expected.components_), atol=1e-3
    )


def test_components_equal_those_of_scikit_learn():
    rows = draw_windows(segments(5), 4)
    step = SemanticsPCA(start=4).fit(rows)
    expected = step.pca_.transform(rows[:, 0, 4:])
    np.testing.assert_allclose(step.transform(rows)[:, 0, 4:], expected, atol=1e-4)


def test_repeated_views_of_a_segment_change_nothing():
    text = segments(5)
    once, often = (SemanticsPCA(start=4).fit(draw_windows(text, n, seed=n)) for n in (2, 30))
    np.testing.assert_allclose(once.pca_.components_, often.pca_.components_, atol=1e-5)


def test_a_test_video_changes_no_axis():
    train, test = draw_windows(segments(4), 5), draw_windows(segments(1, seed=9) * 50, 5)
    step = SemanticsPCA(start=4, components=20).fit(train)
    before = step.pca_.components_.copy(), step.transform(train)
    step.transform(test)
    np.testing.assert_array_equal(step.pca_.components_, before[0])
    np.testing.assert_array_equal(step.transform(train), before[1])
    both = SemanticsPCA(start=4, components=20).fit(np.concatenate([train, test]))
    assert np.abs(both.pca_.components_ - before[0]).max() > 0.1


def test_other_features_are_unchanged_and_missing_ones_stay_missing():
    rows = draw_windows(segments(5), 4)
    rows = np.concatenate(
        [rows, draw_values(len(rows), 1, 2)], axis=-1
    )  # two features after the text
    rows[3, :, 4:34] = np.nan
    found = SemanticsPCA(start=4, stop=34, components=20).fit(rows).transform(rows)
    assert found.shape == (len(rows), 1, 4 + 20 + 2)
    np.testing.assert_array_equal(found[..., :4], rows[..., :4])
    np.testing.assert_array_equal(found[..., -2:], rows[..., -2:])
    assert np.isnan(found[3, :, 4:24]).all()
    assert not np.isnan(np.delete(found, 3, axis=0)).any()


@pytest.mark.parametrize("components", [20, 25, 50, 70, 100])
def test_it_returns_the_requested_columns_even_with_fewer_segments(components):
    rows = draw_windows(segments(2, each=6, width=120), 3)
    found = SemanticsPCA(start=4, components=components).fit(rows).transform(rows)
    assert found.shape[-1] == 4 + components
    kept = min(components, 12)
    assert (found[..., 4 + kept :] == 0).all()
    # All information in 12 segments is kept: their distances are unchanged.
    if kept == 12:
        gap = np.linalg.norm(rows[0, 0, 4:] - rows[-1, 0, 4:])
        assert np.linalg.norm(found[0, 0, 4:] - found[-1, 0, 4:]) == pytest.approx(gap, rel=1e-4)


def test_one_segment_has_no_axes():
    with pytest.raises(ValueError, match="two different segments"):
        SemanticsPCA().fit(np.ones((5, 1, 8)))


def test_its_parameters_are_scikit_learns():
    step = clone(SemanticsPCA(start=4, components=70)).set_params(components=50)
    assert step.get_params() == {"start": 4, "stop": None, "components": 50}
