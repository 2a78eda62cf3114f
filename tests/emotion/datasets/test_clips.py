"""Windows of a Sitting joined to clips: the time before a report, and nothing from elsewhere."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from emotion.datasets.clips import binarise_levels, iterate_clips, join_windows
from emotion.datasets.snapshot import Example
from emotion.models.mvp.predictor import extract_features
from emotion.simulate import effects, institution, wearables
from emotion.simulate.cohort import Plan, iterate_recordings
from emotion.streams import stream
from emotion.windows import Window, make_track, span
from tests.fixtures.emotion.tracks import chunk

SAID = {"source": "report", "levels": {"valence": 8}}
# Rows do not begin at the cuts, so a row on a border is in both Windows.
WHOLE = chunk("face", 0.03, 300.0, np.random.default_rng(1))


def cut(number, **said):
    t0, t1 = span(number)
    face = make_track(stream("face"), [WHOLE], t0=t0, t1=t1, backend="human")
    return Example("P001", "M01", t0, Window(t0, t1, {"face": face}), **said)


def sitting(last, numbers):
    """Return Windows without reports, and one that ends with a report."""
    return [*(cut(number) for number in numbers), cut(last, **SAID)]


def spans(found):
    return [(each.window.t0, each.window.t1) for each in iterate_clips(found)]


def test_a_clip_is_the_time_before_a_report_and_no_longer_than_the_papers():
    assert spans(sitting(41, range(1, 41, 2))) == [(60.0, 210.0)]
    assert spans(sitting(13, range(1, 13, 2))) == [(0.0, 70.0)]
    assert spans(sitting(9, range(1, 9, 2))) == []


def test_each_row_of_a_clip_exists_once_as_in_a_single_cut():
    (found,) = iterate_clips(sitting(41, range(1, 41, 2)))
    whole = make_track(stream("face"), [WHOLE], t0=60.0, t1=210.0, backend="human")
    face = found.window.streams["face"]
    for part in ("values", "times", "mask"):
        np.testing.assert_array_equal(getattr(face, part), getattr(whole, part))
    assert face.quality == pytest.approx(whole.quality, rel=1e-2)
    assert (face.backend, face.period_s) == (whole.backend, whole.period_s)


def test_one_hop_may_be_missing_before_a_report_and_a_longer_gap_ends_the_clip():
    assert spans(sitting(40, range(1, 38, 2))) == [(50.0, 205.0)]
    assert spans(sitting(41, [*range(1, 19, 2), *range(21, 41, 2)])) == [(100.0, 210.0)]
    assert spans(sitting(41, [*range(1, 33, 2), *range(35, 41, 2)])) == []


def test_time_between_two_windows_is_missing():
    (found,) = iterate_clips(sitting(40, range(1, 38, 2)))
    face = found.window.streams["face"]
    assert not ((face.times >= 190.0) & (face.times < 195.0 - face.period_s)).any()
    assert face.quality < 1 - 4 / 155


@pytest.mark.parametrize("other", [{"sitting": 2}, {"person": "P002"}])
def test_nothing_is_joined_across_sittings_or_people(other):
    *before, last = sitting(41, range(1, 41, 2))
    assert spans([*before[:10], *(replace(each, **other) for each in before[10:]), last]) == []


def test_windows_that_share_seconds_are_not_joined():
    overlapping = [cut(number) for number in range(1, 41)]
    (found,) = iterate_clips([*overlapping, cut(41, **SAID)])
    face = found.window.streams["face"]
    assert (np.diff(face.times) > 0).all()
    whole = make_track(stream("face"), [WHOLE], t0=60.0, t1=210.0, backend="human")
    assert face.quality == pytest.approx(whole.quality, rel=1e-2)


def test_of_two_devices_only_the_newest_is_used():
    *before, last = sitting(41, range(1, 41, 2))
    other = replace(before[-9].window.streams["face"], backend="camera-2")
    before[-9] = replace(before[-9], window=replace(before[-9].window, streams={"face": other}))
    (found,) = iterate_clips([*before, last])
    t0, t1 = before[-9].window.t0, before[-9].window.t1
    face = found.window.streams["face"]
    assert not ((face.times >= t0) & (face.times < t1 - face.period_s)).any()
    assert face.backend == "human"


def test_a_stream_missing_in_one_window_is_kept_from_the_others():
    *before, last = (each.window for each in sitting(13, range(1, 13, 2)))
    found = join_windows([*before, replace(last, streams={})])
    assert found.streams["face"].times[-1] < last.t0
    assert found.t1 == last.t1


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"levels": {"valence": 6, "arousal": 4}}, (1, 0)),
        ({"levels": {"valence": 5, "arousal": 9}}, (np.nan, 1)),
        ({"label": "CONFUSION"}, (0, 1)),
        ({"label": "CONFUSION", "levels": {"valence": 7}}, (1, 1)),
        ({"label": "CONFUSION", "levels": {"arousal": 5}}, (0, np.nan)),
        ({"label": "LOW_AROUSAL", "source": "expert"}, (np.nan, 0)),
        ({"label": "HIGH_VALENCE", "source": "expert"}, (1, np.nan)),
    ],
)
def test_a_reported_level_has_priority_over_the_label(said, expected):
    found = binarise_levels(cut(3, **{"source": "report", **said}))
    np.testing.assert_array_equal(found, np.array(expected, np.float32))


def test_a_simulated_institution_has_clips_as_in_a_snapshot():
    rng = np.random.default_rng(3)
    of = institution.draw_institution(effects.load(), rng=rng)
    found = list(wearables.simulate_sittings(of, 2, rng=rng, count=2))
    assert {each.sitting for each in found} == {1, 2}
    lengths = [each.window.t1 - each.window.t0 for each in iterate_clips(found)]
    assert lengths
    assert all(60 <= length <= 155 for length in lengths)
    assert len(lengths) > 0.8 * sum(bool(each.source) for each in found)
    for one, other in pairwise(found):
        same = (one.person, one.sitting) == (other.person, other.sitting)
        assert not same or one.window.t1 <= other.window.t0


def test_mvp_has_the_same_input_from_a_clip_and_a_single_cut():
    rng = np.random.default_rng(4)
    plan = Plan(6, effects.load(), segments=(13, 1, 1, 1, 1), complete=True)
    every = iterate_recordings(plan, rng=rng)
    one = next(each for each in every if {"face", "gaze", "ppg"} <= set(each.streams))
    signals = wearables.simulate_wristband(one, rng)
    parts = [wearables.cut_window(one, signals, *span(number)) for number in range(1, 25, 2)]
    at_once = extract_features(wearables.cut_window(one, signals, 0.0, 120.0))
    assert at_once.keys() == {"face", "gaze", "ppg", "eda"}
    for name, steps in extract_features(join_windows(parts)).items():
        np.testing.assert_array_equal(steps.values, at_once[name].values)
        np.testing.assert_array_equal(steps.mask, at_once[name].mask)
