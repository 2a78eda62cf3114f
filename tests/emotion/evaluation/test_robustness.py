"""A sensor fault affects only that sensor, by the amount in its name."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.evaluation.robustness import make_corruptions, spread, subsets
from tests.fixtures.emotion.studies import make_study


def spoiled(name, study=None):
    study = study or make_study(people=20)
    one = {wrong.name: wrong for wrong in make_corruptions(study.inputs)}[name]
    return study, one.spoil(study, spread(study.x), np.random.default_rng(0))


def test_every_subset_of_modalities_occurs_once():
    found = subsets(("b", "a", "c"))
    assert len(found) == len(set(found)) == 8
    assert found[0] == ()
    assert found[-1] == ("a", "b", "c")


def test_noise_is_in_units_of_each_features_standard_deviation():
    study = make_study(people=20)
    study.x[..., 3] *= 100
    study, noisy = spoiled("noise of 0.5 deviations", study)
    added = (noisy.x - study.x).std(axis=(0, 1)) / spread(study.x)
    np.testing.assert_allclose(added, 0.5, rtol=0.1)


@pytest.mark.parametrize("share", [10, 30, 50])
def test_lost_seconds_are_lost_entirely_for_each_modality(share):
    _, less = spoiled(f"{share}% of the seconds lost")
    gaze, ppg = np.isnan(less.x[..., :4]), np.isnan(less.x[..., 4:])
    for lost in (gaze, ppg):
        assert (lost.all(axis=-1) == lost.any(axis=-1)).all()
        assert lost.mean() == pytest.approx(share / 100, abs=0.05)
    assert (gaze[..., 0] != ppg[..., 0]).any()


def test_a_clock_two_seconds_late_shifts_only_gaze_and_its_ends_are_missing():
    study, late = spoiled("gaze's clock +2 s")
    np.testing.assert_array_equal(late.x[:, 2:, :4], study.x[:, :-2, :4])
    assert np.isnan(late.x[:, :2, :4]).all()
    np.testing.assert_array_equal(late.x[..., 4:], study.x[..., 4:])
    study, early = spoiled("gaze's clock -2 s")
    np.testing.assert_array_equal(early.x[:, :-2, :4], study.x[:, 2:, :4])


def test_half_a_second_lies_between_two_steps():
    study, late = spoiled("gaze's clock +0.5 s")
    middle = (study.x[:, 1:, :4] + study.x[:, :-1, :4]) / 2
    np.testing.assert_allclose(late.x[:, 1:, :4], middle, rtol=1e-5)
    study, early = spoiled("gaze's clock -0.5 s")
    middle = (study.x[:, 1:, :4] + study.x[:, :-1, :4]) / 2
    np.testing.assert_allclose(early.x[:, :-1, :4], middle, rtol=1e-5)


def test_motion_affects_only_the_wearable():
    study, moved = spoiled("motion in 30% of ppg's seconds")
    np.testing.assert_array_equal(moved.x[..., :4], study.x[..., :4])
    touched = (moved.x[..., 4:] != study.x[..., 4:]).all(axis=-1)
    assert touched.mean() == pytest.approx(0.3, abs=0.05)


def test_light_is_available_only_with_a_face():
    assert not any("face" in wrong.name for wrong in make_corruptions({"gaze": 1}))
    assert sum("face" in wrong.name for wrong in make_corruptions({"face": 1})) == 2
