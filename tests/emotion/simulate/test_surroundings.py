"""What surrounds a simulated learner changes nothing else, and says as much as it should."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from emotion.features.course import SCENARIOS
from emotion.labels import AFFECTS, Affect
from emotion.simulate import effects, surroundings
from emotion.simulate.cohort import Plan, cut_window, iterate_recordings
from emotion.streams import stream

ROOT = Path(__file__).resolve().parents[3]
UNITS_FILE = ROOT / "static" / "js" / "sensors" / "face" / "action_units.js"
SEGMENTS = (6, 6, 6, 6, 12)
FACE = stream("face")


def recordings(seed=1, people=3, segments=SEGMENTS, **plan):
    made = Plan(people, effects.load(), segments=segments, **plan)
    return list(iterate_recordings(made, rng=np.random.default_rng(seed)))


def test_a_complete_recording_has_all_else_as_it_was():
    for whole, plain in zip(recordings(complete=True), recordings(), strict=True):
        np.testing.assert_array_equal(whole.states, plain.states)
        for name in set(plain.streams) - {"face"}:
            np.testing.assert_array_equal(whole.streams[name].values, plain.streams[name].values)


def test_the_trust_in_each_unit_is_that_of_the_page():
    text = UNITS_FILE.read_text(encoding="utf-8")
    rows = re.findall(r'unit: "(au\d\d)", trust: \{ human: ([\d.]+), face_mesh: ([\d.]+) \}', text)
    assert [unit for unit, *_ in rows] == [channel.name for channel in FACE.channels[:18]]
    for name, column in (("human", 1), ("face_mesh", 2)):
        told = [float(row[column]) for row in rows]
        np.testing.assert_allclose(surroundings.load().trackers[name][1], told)


@pytest.mark.parametrize("library", ["human", "face_mesh", "openface"])
def test_a_trackers_noise_leaves_the_share_of_signal_that_it_is_trusted_for(library):
    (face,) = (each.streams["face"] for each in recordings(people=1)[4:5])
    trust = surroundings.load().trackers[library][1]
    # A unit that is often 0 loses noise to that limit; one of another mean does not.
    raised = replace_units(
        face, 2.5 + 0.1 * (face.values[:, :18] - face.values[:, :18].mean(axis=0))
    )
    seen = surroundings.track_face(raised, trust, np.random.default_rng(3)).values[:, :18]
    shared = [np.corrcoef(raised.values[:, n], seen[:, n])[0, 1] ** 2 for n in range(18)]
    np.testing.assert_allclose(shared, trust, atol=0.17)


def replace_units(rows, units):
    values = rows.values.copy()
    values[:, :18] = units
    return rows._replace(values=values)


def test_deeds_follow_the_state_only_where_they_should():
    states = np.repeat([AFFECTS.index(Affect.INTEREST), AFFECTS.index(Affect.FRUSTRATION)], 100_000)
    for size, more in ((1.0, True), (0.0, False)):
        rng = np.random.default_rng(5)
        deeds = surroundings.draw_deeds(states, "test", rng, size)
        wrong = np.array([each.t >= 100_000 for each in deeds if each.deed == "wrong"])
        share = wrong.mean()
        assert (share > 0.7) if more else abs(share - 0.5) < 0.05


def test_every_scenario_has_its_deeds_and_shares_sum_to_one():
    told = surroundings.load()
    assert set(told.scenarios) == set(SCENARIOS) == set(told.deeds)
    assert sum(told.scenarios.values()) == pytest.approx(1)
    assert sum(share for share, _ in told.trackers.values()) == pytest.approx(1)


def test_a_complete_recordings_window_has_its_context():
    recording = recordings(complete=True)[0]
    window = cut_window(recording, 20.0, 30.0)
    assert window.context["course"].values.shape[0] == 10
    assert not cut_window(replace(recording, surroundings=None), 20.0, 30.0).context


def spread_of_confusion(**plan):
    """Return how far apart films are in the share of time that people are confused."""
    found = recordings(people=60, segments=(60,) * 5, **plan)
    confused = AFFECTS.index(Affect.CONFUSION)
    shares = [
        np.mean([np.mean(r.states == confused) for r in found if r.video == n]) for n in range(5)
    ]
    return max(shares) - min(shares)


def test_without_pull_a_films_content_moves_no_state():
    assert spread_of_confusion(pull=0.0) < spread_of_confusion() / 3


def test_a_film_is_the_same_for_all_who_watch_it_unless_it_is_drawn_again():
    for redraw in (False, True):
        found = recordings(people=12, complete=True, redraw_films=redraw)
        films = [
            r.surroundings.segments
            for r in found
            if r.video == 0 and r.surroundings.segments is not None
        ]
        assert len(films) > 1
        assert all(np.array_equal(each, films[0]) for each in films) != redraw
