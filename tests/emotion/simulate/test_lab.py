"""The laboratory: planted effects are present, and without them there are none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion.baselines.feature_columns import summarise
from emotion.evaluation.splits import split_by_people
from emotion.evaluation.statistics.permutation_test import p_value
from emotion.labels import PAPER_1
from emotion.simulate.lab import PARTS, Lab, digest, simulate_study

SHORT = Lab(people=24, segments=(9, 9, 9, 9, 12))


@pytest.fixture(scope="module")
def short():
    return simulate_study(SHORT, 1)


def means(found, name):
    return np.nanmean(found.x[..., found.places()[name]], axis=1)


def difference(found, name, column, one, other):
    """Return the difference between two labels of a feature's distance from the opening, in its own
    standard deviations.
    """
    width = found.inputs[name] // 2
    values = means(found, name)[:, width + column]
    labels = [found.labels == PAPER_1.index(label) for label in (one, other)]
    return (np.nanmean(values[labels[0]]) - np.nanmean(values[labels[1]])) / np.nanstd(values)


def test_recordings_depend_on_the_seed():
    few = replace(SHORT, people=3)
    np.testing.assert_array_equal(simulate_study(few, 1).x, simulate_study(few, 1).x)
    assert simulate_study(few, 2).labels.tolist() != simulate_study(few, 1).labels.tolist()


def test_it_has_paper_1s_widths_and_windows_of_ten_seconds(short):
    assert short.inputs["gaze"] == 2 * 20
    assert short.inputs["ppg"] == 2 * 12
    assert short.x.shape[1:] == (10, sum(short.inputs.values()))
    assert set(short.times % 10) == {0.0}


def test_the_first_minute_of_a_video_has_no_windows(short):
    """There the distance from the opening would be small because the video has just begun."""
    began = np.concatenate([[0], np.cumsum(SHORT.segments)[:-1]]) * 10.0
    assert (short.times - began[short.videos] >= 60).all()


def test_without_effects_a_permutation_test_finds_nothing():
    """Signals must not reveal the time either, as states depend on it."""
    quiet = simulate_study(replace(SHORT, people=30, segments=(15, 15, 15, 15, 15), size=0.0), 3)
    quiet = quiet.only(("gaze", "ppg"))
    parts = split_by_people(quiet, 5, rng=np.random.default_rng(0))
    columns = summarise(quiet.x).astype(np.float64)
    assert p_value(quiet, columns, parts, rng=np.random.default_rng(0), refits=49)[1] > 0.05


def test_as_published_people_and_videos_differ_widely_and_most_labels_are_the_videos():
    found = simulate_study(replace(SHORT, size=0.0, as_published=True), 1)
    assert (found.inputs["gaze"], found.inputs["ppg"]) == (20, 12)
    own = [
        np.bincount(found.labels[rows]).max() / rows.sum()
        for person in np.unique(found.people)
        for video in range(5)
        if (rows := (found.people == person) & (found.videos == video)).any()
    ]
    assert 0.85 < np.mean(own) < 1
    levels = [means(found, "ppg")[found.people == p].mean(axis=0) for p in range(24)]
    assert 1.0 < np.std(levels, axis=0).mean() < 1.6


def test_planted_effects_are_present_and_absent_at_size_0(short):
    """Lip corners rise in delight."""
    smile = show("face").index("au12")
    quiet = simulate_study(replace(SHORT, size=0.0), 1)
    assert difference(short, "face", smile, "HAPPINESS", "BOREDOM") > 0.4
    assert abs(difference(quiet, "face", smile, "HAPPINESS", "BOREDOM")) < 0.25


def test_in_the_event_locked_world_levels_are_uninformative():
    locked = simulate_study(replace(SHORT, world="event_locked"), 1)
    smile = show("face").index("au12")
    assert abs(difference(locked, "face", smile, "HAPPINESS", "BOREDOM")) < 0.25


def test_the_text_of_a_segment_affects_no_one(short):
    told = simulate_study(replace(SHORT, kind="captions"), 1)
    np.testing.assert_array_equal(told.labels, short.labels)
    np.testing.assert_array_equal(means(told, "gaze"), means(short, "gaze"))
    assert (means(told, "semantics") != means(short, "semantics")).any()


def test_the_text_of_a_segment_is_the_same_for_everyone(short):
    told = short.x[:, 0, short.places()["semantics"]]
    for key in set(zip(short.videos.tolist(), short.times.tolist(), strict=True)):
        rows = (short.videos == key[0]) & (short.times == key[1])
        assert len(np.unique(told[rows], axis=0)) == 1


def test_at_home_some_refuse_the_camera_and_some_have_no_wearable():
    home = simulate_study(replace(SHORT, people=60, segments=(7, 7, 7, 7, 7), worn=False), 1)
    for kind, names, rate in (("camera", ("gaze", "face"), 0.8), ("wearable", ("ppg", "eda"), 0.6)):
        has = home.groups[kind] == 1
        shown = [has[home.people == person].all() for person in np.unique(home.people)]
        assert np.mean(shown) == pytest.approx(rate, abs=0.2)
        for name in names:
            lost = np.isnan(home.x[..., home.places()[name]]).all(axis=(1, 2))
            assert lost[~has].all()
            assert not lost[has].any()


def test_in_the_laboratory_everyone_has_every_sensor(short):
    for name in PARTS:
        assert not np.isnan(short.x[..., short.places()[name]]).all(axis=(1, 2)).any()


def test_the_digest_covers_both_files():
    assert len(digest()) == 64


def show(name):
    from emotion.simulate.effects import load
    from emotion.simulate.lab import _read_raw

    raw = _read_raw()["channels"]
    return list(raw[name]) if name in raw else list(load().emissions[name].channels)
