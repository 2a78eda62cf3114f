"""The simulated cohort: reproducible, in the Streams' units, without leaks of the state."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from emotion.labels import AFFECTS, PAPER_1, Affect
from emotion.simulate import effects as coefficients
from emotion.simulate import latent_values
from emotion.simulate.cohort import Plan, cut_examples, cut_window, iterate_recordings, list_moments
from emotion.simulate.people import draw_person
from emotion.simulate.state_paths import SEGMENT_S, Traits, draw_path, draw_video
from emotion.streams import stream

EFFECTS = coefficients.load()
SHORT = (3, 3, 3, 3, 12)


def cohort(people=3, effects=EFFECTS, seed=5, **changes):
    plan = Plan(people, effects, segments=SHORT, **changes)
    return list(iterate_recordings(plan, rng=np.random.default_rng(seed)))


def test_rows_depend_on_the_seed():
    first, again, other = cohort(), cohort(), cohort(seed=6)
    for ours, theirs in zip(first, again, strict=True):
        np.testing.assert_array_equal(ours.states, theirs.states)
        for name in ours.streams:
            np.testing.assert_array_equal(ours.streams[name].values, theirs.streams[name].values)
    assert not np.array_equal(
        first[0].streams["pointer"].values, other[0].streams["pointer"].values
    )


def test_rows_have_the_channels_of_their_stream_within_its_ranges():
    for recording in cohort():
        for name, (times, values) in recording.streams.items():
            lo, hi = stream(name).limits()
            known = ~np.isnan(values)
            nullable = np.array([channel.nullable for channel in stream(name).channels])
            assert values.shape == (len(times), len(lo))
            assert (np.diff(times) > 0).all()
            assert known[:, ~nullable].all()
            assert ((values >= lo) & (values <= hi))[known].all()


def test_typing_has_no_timing_below_eight_keys():
    for recording in cohort():
        values = recording.streams["typing"].values
        few = values[:, :4].sum(axis=1) < 8
        assert np.isnan(values[few, 4:10]).all()
        assert not np.isnan(values[~few, 4:10]).any()


def test_refused_streams_are_absent():
    missing = {**EFFECTS.missing, "face_refused": 1.0, "heart_absent": 1.0}
    for recording in cohort(effects=replace(EFFECTS, missing=missing)):
        assert set(recording.streams) == {"pointer", "typing", "activity"}


def test_blocks_are_lost_at_about_the_requested_rate():
    whole = sum(len(r.states) for r in cohort(people=8))
    came = sum(len(r.streams["pointer"].times) for r in cohort(people=8))
    assert 1 - came / whole == pytest.approx(EFFECTS.missing["block_lost"], abs=0.015)


@pytest.mark.parametrize("world", ["additive", "event_locked"])
def test_without_signal_the_state_has_no_effect(world):
    quiet, draw = EFFECTS.scale_effects(0), getattr(latent_values, f"draw_{world}")
    person = draw_person(1, quiet, rng=np.random.default_rng(1))
    paths = [np.full(200, state, np.int64) for state in (0, 3)]
    bored, confused = (draw(person, p, quiet, rng=np.random.default_rng(2)) for p in paths)
    for name in bored:
        np.testing.assert_array_equal(bored[name], confused[name])


@pytest.mark.parametrize("world", ["additive", "event_locked"])
def test_with_signal_the_state_has_an_effect(world):
    draw = getattr(latent_values, f"draw_{world}")
    person = draw_person(1, EFFECTS, rng=np.random.default_rng(1))
    paths = [np.full(200, state, np.int64) for state in (0, 3)]
    bored, confused = (draw(person, p, EFFECTS, rng=np.random.default_rng(2)) for p in paths)
    assert any(not np.array_equal(bored[name], confused[name]) for name in bored)


def test_effects_scale_with_the_multiplier():
    person = draw_person(1, EFFECTS, rng=np.random.default_rng(1))
    path = np.full(50, AFFECTS.index(Affect.HAPPINESS), np.int64)
    none, half, full = (
        latent_values.draw_additive(
            person, path, EFFECTS.scale_effects(m), rng=np.random.default_rng(2)
        )["face"]
        for m in (0.0, 0.5, 1.0)
    )
    np.testing.assert_allclose(full - none, 2 * (half - none), atol=1e-9)


def test_without_signal_missing_data_do_not_reveal_the_state():
    assert EFFECTS.scale_effects(0).missing["frustrated_looks_away"] == 0


def test_in_the_locked_world_only_the_lag_reveals_the_state():
    person = draw_person(1, EFFECTS, rng=np.random.default_rng(1))
    path = np.full(3000, AFFECTS.index(Affect.CONFUSION), np.int64)
    rng = [np.random.default_rng(2) for _ in range(2)]
    loud, quiet = (
        latent_values.draw_event_locked(person, path, fx, rng=r)
        for fx, r in zip((EFFECTS, EFFECTS.scale_effects(0)), rng, strict=True)
    )
    columns = [
        EFFECTS.emissions[s].channels.index(c)
        for s, c in (EFFECTS.locked.cause, EFFECTS.locked.response)
    ]
    cause = np.flatnonzero((loud["pointer"] - quiet["pointer"])[:, columns[0]])
    response = np.flatnonzero((loud["face"] - quiet["face"])[:, columns[1]])
    lag = EFFECTS.locked.lag_s["CONFUSION"]
    np.testing.assert_array_equal(cause[: len(response)] + lag, response)


def test_jumps_leave_the_state_and_sum_to_one():
    np.testing.assert_allclose(EFFECTS.jumps.sum(axis=1), 1)
    assert (np.diag(EFFECTS.jumps) == 0).all()


def test_a_hard_video_confuses_more_than_an_easy_one():
    rng = np.random.default_rng(3)
    shares = []
    for leaning in (2.0, -2.0):
        video = draw_video(200, np.array([leaning, 0.0, 0.0, 0.0, 0.0]), rng=rng)
        path = draw_path(video, Traits(0.0, 0.0, 0.0), EFFECTS, "prototype", rng=rng)
        assert len(path) == 200 * SEGMENT_S
        shares.append(np.mean(path == AFFECTS.index(Affect.CONFUSION)))
    assert shares[0] > shares[1] + 0.1


def test_labels_are_the_commonest_state_apart_from_noise():
    quiet = replace(EFFECTS, label_noise=0.0)
    for recording in cohort(effects=quiet):
        found = list_moments(
            recording, quiet, labels=PAPER_1, hop_s=10.0, rng=np.random.default_rng(0)
        )
        for moment in found:
            part = recording.states[int(moment.t0) : int(moment.t0 + 10)]
            assert np.bincount(part).max() == np.sum(part == AFFECTS.index(moment.label))


def test_the_opening_is_known_only_after_its_end():
    for recording in cohort():
        found = list_moments(
            recording, EFFECTS, labels=AFFECTS, hop_s=5.0, rng=np.random.default_rng(0)
        )
        for example in cut_examples(found):
            assert bool(example.window.opening) == (example.window.t0 >= 60)


def test_a_window_contains_the_rows_of_its_ten_seconds():
    seen = cut_window(cohort()[4], 20.0, 30.0)
    assert seen.streams["activity"].times.min() >= 19
    assert seen.streams["activity"].times.max() < 30
    assert {track.backend for track in seen.streams.values()} == {"simulated"}


def test_every_coefficient_names_its_source_or_says_assumed():
    raw = json.loads(coefficients.EFFECTS_FILE.read_text(encoding="utf-8"))
    cells = [c for row in raw["jumps"].values() for c in row.values()]
    cells += [
        cell
        for table in raw["channels"].values()
        for row in table.values()
        for cell in row["effects"].values()
    ]
    assert len(cells) > 100
    assert all(isinstance(size, int | float) and source for size, source in cells)
    assert {"assumed", "D'Mello & Graesser 2012"} <= {source for _, source in cells}
