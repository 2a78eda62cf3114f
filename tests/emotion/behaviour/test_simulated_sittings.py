"""Simulated Sittings: known states, and the same gaps in what is observed as live ones have."""

from __future__ import annotations

import numpy as np

from emotion.behaviour.observations import NAMES
from emotion.behaviour.simulated_sittings import TRUE, simulate

FOUND = simulate(40, 120, rng=np.random.default_rng(1))


def column(name):
    return FOUND.raw[..., NAMES.index(name)]


def test_they_begin_focused_and_visit_every_state():
    assert (FOUND.states[:, 0] == list(TRUE).index("focused")).all()
    assert set(np.unique(FOUND.states)) == {0, 1, 2}


def test_amounts_are_possible():
    known = FOUND.raw[~np.isnan(FOUND.raw)]
    assert (known >= 0).all()
    assert (column("idle_s") <= 10).all()


def test_hints_are_of_quizzes_and_video_events_of_videos():
    assert (np.isnan(column("hints")) != np.isnan(column("video_events"))).all()
    assert np.isnan(column("hints")).any(axis=1).mean() == 0.5


def test_some_share_no_typing_and_the_others_do_not_type_all_the_time():
    typed = ~np.isnan(column("latency_ms"))
    assert (~typed.any(axis=1)).sum() == 10
    assert 0.1 < typed[typed.any(axis=1)].mean() < 0.6


def test_in_each_state_people_do_what_the_table_says():
    for row, rates in enumerate(TRUE.values()):
        for name in ("clicks", "switches", "latency_ms"):
            mean = np.nanmean(column(name)[FOUND.states == row])
            assert 0.7 < mean / rates[NAMES.index(name)] < 1.5
