"""Semantics of the film that plays: held for its segment, unknown where not encoded."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emotion.features import semantics
from emotion.features.window import NAMES, opening, window_features
from emotion.semantics.semantic_axes import DIMENSIONS
from emotion.windows import Window, cut_track


def track(times, rows, t0=10.0, t1=20.0):
    return cut_track(
        semantics.STREAM,
        np.asarray(times, np.float64),
        np.asarray(rows, np.float32),
        t0=t0,
        t1=t1,
        backend="all-MiniLM-L6-v2 semantics-0",
        period_s=10.0,
    )


def segments(*levels):
    return np.tile(np.array(levels, np.float32)[:, None], (1, len(semantics.NAMES)))


def seen(made, t0=10.0, t1=20.0):
    return Window(t0, t1, context={"semantics": made})


def test_names_are_the_components_and_the_measures():
    assert semantics.DIMENSIONS == DIMENSIONS
    assert len(NAMES["semantics"]) == 30
    assert NAMES["semantics"][24:26] == ("semantic_25", "log_speech_rate")


def test_a_segment_is_held_from_the_time_at_which_it_plays():
    found = window_features(seen(track([8.0, 14.0], segments(0.1, 0.3))))["semantics"]
    np.testing.assert_allclose(found.values[:, 0], [0.1] * 4 + [0.3] * 6)
    assert found.mask.all()


def test_a_segment_that_is_over_is_unknown():
    found = window_features(seen(track([3.0], segments(0.1))))["semantics"]
    assert found.mask[:, 0].tolist() == [True] * 3 + [False] * 7


def test_a_segment_without_text_keeps_its_measures():
    rows = segments(0.2)
    rows[:, :25] = np.nan
    found = window_features(seen(track([10.0], rows)))["semantics"]
    assert not found.mask[:, :25].any()
    assert found.mask[:, 25:].all()


def test_it_is_left_out_where_nothing_plays():
    assert window_features(seen(track([], np.empty((0, 30))))) == {}


def test_a_film_has_no_opening():
    first = track([0.0, 10.0], segments(1, 2), 0.0, 60.0)
    assert opening(Window(0.0, 60.0, context={"semantics": first})) == {}
    assert not any(name.endswith("_from_opening") for name in NAMES["semantics"])


@given(st.lists(st.floats(-2, 2, width=32), min_size=30, max_size=30))
def test_every_value_of_an_encoded_segment_is_in_its_range(row):
    values, mask = semantics.features(track([10.0], [row]), 20.0)
    assert mask.all()
    np.testing.assert_array_equal(values[0], np.asarray(row, np.float32))
