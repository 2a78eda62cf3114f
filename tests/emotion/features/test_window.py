"""Features of a Window: masks, time shifts, the opening, and each sensor's own rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion.features.window import NAMES, opening, window_features
from emotion.streams import stream
from emotion.windows import Chunk, Window, make_track
from tests.fixtures.emotion.tracks import SENSED, chunk, window


def only(name, values, t0=10.0, t1=20.0, rate=1.0):
    values = np.asarray(values, np.float32)
    made = make_track(stream(name), [Chunk(t0, rate, values)], t0=t0, t1=t1, backend="")
    return Window(t0, t1, {name: made})


def shifted(seen, by):
    tracks = {n: replace(t, times=t.times + by) for n, t in seen.streams.items()}
    return Window(seen.t0 + by, seen.t1 + by, tracks)


@pytest.mark.parametrize("name", SENSED)
def test_features_have_ten_steps_and_names_and_are_finite(name):
    found = window_features(window(10.0, 20.0, seed=1))[name]
    assert found.values.shape == found.mask.shape == (10, len(NAMES[name]))
    assert np.isfinite(found.values).all()
    assert found.mask[:, : len(NAMES[name]) // 2].any(axis=0).all()


@given(st.integers(0, 2**31), st.integers(0, 400))
@settings(max_examples=30)
def test_shifting_time_changes_nothing(seed, by):
    seen = window(16.0, 26.0, seed)
    before, after = window_features(seen), window_features(shifted(seen, float(by)))
    for name in SENSED:
        np.testing.assert_array_equal(before[name].values, after[name].values)
        np.testing.assert_array_equal(before[name].mask, after[name].mask)


@given(st.integers(0, 2**31), st.sampled_from(SENSED))
@settings(max_examples=40)
def test_masked_values_have_no_effect(seed, name):
    rng = np.random.default_rng(seed)
    seen = window(10.0, 20.0, seed)
    made = seen.streams[name]
    hidden = made.mask & (rng.random(made.mask.shape) < 0.7)
    wild = np.where(hidden, made.values, np.float32(rng.normal(0, 1e6)))
    pair = [replace(made, mask=hidden, values=v) for v in (made.values, wild)]
    first, second = (window_features(Window(10.0, 20.0, {name: t})) for t in pair)
    assert first.keys() == second.keys()
    for key in first:
        np.testing.assert_array_equal(first[key].values, second[key].values)
        np.testing.assert_array_equal(first[key].mask, second[key].mask)


def test_a_stream_without_a_present_value_is_left_out():
    assert window_features(only("pointer", np.full((10, 13), 1e6))) == {}
    assert window_features(Window(10.0, 20.0, {})) == {}


def test_a_stream_without_features_yet_is_left_out():
    assert window_features(only("temp", [[36.0]] * 40, rate=4.0)) == {}


def test_the_first_cut_of_a_sitting_has_five_steps():
    found = window_features(window(0.0, 5.0, seed=3))
    for name in SENSED:
        assert not found[name].mask[:5].any()
        assert found[name].mask[5:].any()


def test_typing_of_five_seconds_applies_to_each_of_them():
    values = np.zeros((2, 12))
    values[:, 0] = [9, 19]
    found = window_features(only("typing", values, rate=0.2))["typing"]
    np.testing.assert_allclose(found.values[:, 0], np.log1p([9] * 5 + [19] * 5), rtol=1e-6)


def test_the_share_of_editing_keys_is_unknown_without_keys():
    values = np.zeros((2, 12))
    values[1, :2] = [3, 1]
    found = window_features(only("typing", values, rate=0.2))["typing"]
    share = NAMES["typing"].index("edit_share")
    assert not found.mask[:5, share].any()
    np.testing.assert_allclose(found.values[5:, share], 0.25)


def test_head_motion_is_the_spread_of_pose_in_a_second():
    face = stream("face")
    values = np.full((100, 44), 0.5)
    values[:, face.index("yaw")] = np.tile([0.1, -0.1], 50)
    found = window_features(only("face", values, rate=10.0))["face"]
    np.testing.assert_allclose(found.values[:, NAMES["face"].index("head_motion")], 0.1, atol=1e-4)


def test_a_strap_without_contact_has_no_heart_rate():
    beats = [[10.0 + s, 70, 850, float(s >= 5)] for s in range(10)]
    found = window_features(only("heart", beats, rate=0.0))["heart"]
    assert not found.mask[:5].any()
    assert found.mask[5:, 0].all()
    assert not found.mask[5, 1]
    assert found.mask[6:, 1].all()


def test_a_pause_between_beats_is_bridged_for_at_most_two_seconds():
    beats = [[10.0, 70, 850, 1], [18.0, 90, 700, 1]]
    found = window_features(only("heart", beats, rate=0.0))["heart"]
    assert found.mask[:, 0].tolist() == [True, True] + [False] * 6 + [True, True]


def test_without_an_opening_only_plain_features_are_known():
    for name, found in window_features(window(10.0, 20.0, seed=5)).items():
        assert not found.mask[:, len(NAMES[name]) // 2 :].any()


@given(st.integers(0, 2**31))
@settings(max_examples=20)
def test_the_second_half_is_the_distance_from_the_opening(seed):
    first = window(0.0, 60.0, seed)
    usual = opening(first)
    later = replace(window(60.0, 70.0, seed + 1), opening=usual)
    for name, found in window_features(later).items():
        half = len(NAMES[name]) // 2
        both = found.mask[:, half:]
        away = (found.values[:, :half] - usual[name])[both]
        np.testing.assert_allclose(found.values[:, half:][both], away, rtol=1e-5, atol=1e-5)


def test_a_feature_without_opening_has_no_distance():
    usual = {"activity": np.array([1.0, np.nan, 0.0, 0.0], np.float32)}
    seen = replace(only("activity", np.ones((10, 4))), opening=usual)
    found = window_features(seen)["activity"]
    assert found.mask[:, 4:].all(axis=0).tolist() == [True, False, True, True]
    np.testing.assert_array_equal(found.values[:, 4], 0)


def test_the_opening_of_a_stream_is_the_mean_of_its_present_values():
    rng = np.random.default_rng(0)
    first = Window(
        0.0,
        60.0,
        {
            "activity": make_track(
                stream("activity"), [chunk("activity", 0.0, 30.0, rng)], t0=0, t1=60.0, backend=""
            )
        },
    )
    values = first.streams["activity"].values
    np.testing.assert_allclose(opening(first)["activity"][0], values[:, 0].mean(), rtol=1e-5)


def test_a_row_from_before_the_window_does_not_apply_to_earlier_time():
    values = np.ones((2, 12), np.float32)
    made = make_track(stream("typing"), [Chunk(8.0, 0.2, values)], t0=12.0, t1=17.0, backend="")
    found = window_features(Window(12.0, 17.0, {"typing": made}))["typing"]
    assert found.mask[:, 0].tolist() == [False] * 5 + [True] * 5
