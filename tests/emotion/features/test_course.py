"""What happened in the course, as one row a second, from nothing later than that second."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.features.course import CHANNELS, COUNTED, RECENT_S, CourseDeed, course_track
from emotion.features.window import NAMES, window_features
from emotion.windows import Window

# Eighths of a second are exact, whatever is added.
TIMES = st.integers(0, 1600).map(lambda eighths: eighths / 8)
DEED = st.builds(CourseDeed, TIMES, st.sampled_from(COUNTED), st.floats(0.0, 60.0))


def column(track, name):
    return track.values[:, CHANNELS.index(name)]


def known(track, name):
    return track.mask[:, CHANNELS.index(name)]


def test_a_wrong_answer_counts_from_the_second_it_was_given():
    track = course_track([CourseDeed(12.5, "wrong", 30.0)], "test", 10.0, 20.0)
    np.testing.assert_allclose(column(track, "log_wrongs"), np.log1p([0, 0, *[1] * 8]), rtol=1e-6)
    assert known(track, "log_since_answer_s").tolist() == [False] * 2 + [True] * 8
    assert column(track, "log_answer_s")[2] == pytest.approx(np.log1p(30.0))


@given(st.lists(DEED, max_size=30), st.integers(0, 150))
def test_a_row_depends_on_nothing_later(deeds, t0):
    deeds = sorted(deeds)
    whole = course_track(deeds, "course", t0, t0 + 10)
    before = course_track([each for each in deeds if each.t < t0 + 5], "course", t0, t0 + 10)
    np.testing.assert_array_equal(whole.values[:5], before.values[:5])
    np.testing.assert_array_equal(whole.mask[:5], before.mask[:5])


@given(st.lists(DEED, max_size=30), st.integers(0, 1000))
def test_a_shift_of_all_times_changes_nothing(deeds, shift):
    moved = [each._replace(t=each.t + shift) for each in deeds]
    some = course_track(sorted(deeds), "course", 200.0, 210.0)
    others = course_track(sorted(moved), "course", 200.0 + shift, 210.0 + shift)
    np.testing.assert_allclose(some.values, others.values, atol=1e-3)


def test_what_is_long_ago_no_longer_counts():
    track = course_track([CourseDeed(1.0, "hint")], "test", RECENT_S + 2, RECENT_S + 12)
    assert not column(track, "log_hints").any()


def test_the_scenario_and_the_playback_rate_are_given():
    track = course_track([CourseDeed(0.0, "rate", 1.5)], "discussion", 0.0, 10.0)
    assert column(track, "in_discussion").all()
    assert not column(track, "in_course").any()
    assert (column(track, "playback_rate") == 1.5).all()


def test_it_is_part_of_a_windows_features_and_has_no_opening():
    around = {"course": course_track([], "course", 60.0, 70.0)}
    found = window_features(Window(60.0, 70.0, context=around))["course"]
    assert found.values.shape == (10, len(CHANNELS))
    assert NAMES["course"] == CHANNELS
