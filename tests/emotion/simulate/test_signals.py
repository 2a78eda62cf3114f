"""Simulated skin and page: states affect only the intended signals."""

from __future__ import annotations

import numpy as np

from emotion.features.interface import newest_layout
from emotion.labels import AFFECTS, Affect
from emotion.signals.eda import find_responses
from emotion.simulate import signals
from emotion.streams import stream
from emotion.windows import Chunk, make_track


def state(affect, seconds):
    return np.full(seconds, AFFECTS.index(affect))


def per_minute(affect, size=1.0):
    rng = np.random.default_rng(4)
    rows = [signals.simulate_skin(state(affect, 300), rng, size).values[:, 0] for _ in range(20)]
    return np.mean([find_responses(each, signals.EDA_HZ).per_minute for each in rows])


def test_skin_responses_are_more_frequent_in_arousing_states_and_not_at_size_0():
    calm, excited = per_minute(Affect.BOREDOM), per_minute(Affect.CONFUSION)
    assert excited > 1.4 * calm
    assert per_minute(Affect.CONFUSION, 0.0) == calm


def test_conductance_stays_in_its_streams_range():
    values = signals.simulate_skin(state(Affect.FRUSTRATION, 200), np.random.default_rng(1)).values
    lo, hi = stream("eda").limits()
    assert ((values >= lo) & (values <= hi)).all()


def test_every_minute_of_a_page_has_its_whole_layout():
    rows = signals.simulate_layout(300, np.random.default_rng(3))
    known = stream("layout")
    whole = int((rows.times == 0).sum())
    for t0 in (0.0, 60.0, 240.0):
        seen = make_track(known, [Chunk(0.0, 0.0, rows.values)], t0=t0, t1=t0 + 60, backend="")
        assert seen.mask.all()
        assert len(newest_layout(seen)) == whole
