"""Simulated Sittings: known states, and the same gaps in the observations as live ones."""

from __future__ import annotations

import numpy as np

from emotion.behaviour.observations import NAMES
from emotion.behaviour.simulated_sittings import TRUE, simulate

FOUND = simulate(40, 120, rng=np.random.default_rng(1))


def column(name):
    return FOUND.raw[..., NAMES.index(name)]


def test_sittings_begin_focused_and_visit_every_state():
    assert (FOUND.states[:, 0] == list(TRUE).index("focused")).all()
    assert set(np.unique(FOUND.states)) == {0, 1, 2}


def test_amounts_are_within_their_limits():
    known = FOUND.raw[~np.isnan(FOUND.raw)]
    assert (known >= 0).all()
    assert (column("idle_s") <= 10).all()


def test_hints_occur_in_quizzes_and_video_events_in_videos():
    assert (np.isnan(column("hints")) != np.isnan(column("video_events"))).all()
    assert np.isnan(column("hints")).any(axis=1).mean() == 0.5


def test_some_people_share_no_typing_and_the_others_type_intermittently():
    typed = ~np.isnan(column("latency_ms"))
    assert (~typed.any(axis=1)).sum() == 10
    assert 0.1 < typed[typed.any(axis=1)].mean() < 0.6


def test_behaviour_in_each_state_follows_the_table():
    for row, rates in enumerate(TRUE.values()):
        for name in ("clicks", "switches", "latency_ms"):
            mean = np.nanmean(column(name)[FOUND.states == row])
            assert 0.7 < mean / rates[NAMES.index(name)] < 1.5
