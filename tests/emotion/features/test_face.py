"""Action units count for what the tracker is worth in each, instead of being cut off."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emotion.features import face
from emotion.features.window import NAMES, window_features
from emotion.streams import stream
from emotion.windows import Chunk, Window, make_track

FACE = stream("face")
AU04 = NAMES["face"].index("au04")
TRUST = st.floats(0.06, 1.0)


def window(unit=2.0, trust=1.0):
    values = np.ones((100, len(FACE.channels)), np.float32)
    values[:, FACE.index("au04")] = unit
    values[:, FACE.index("au04_confidence")] = trust
    track = make_track(FACE, [Chunk(0.0, 10.0, values)], t0=0.0, t1=10.0, backend="human")
    return Window(0.0, 10.0, {"face": track})


def au04(window):
    found = window_features(window)["face"]
    return found.values[:, AU04], found.mask[:, AU04]


@given(TRUST, st.floats(0.0, 5.0))
def test_an_intensity_is_weighted_by_the_trackers_trust(trust, unit):
    values, mask = au04(window(unit, trust))
    np.testing.assert_allclose(values, trust * unit, rtol=1e-4, atol=1e-5)
    assert mask.all()


@given(TRUST, TRUST)
def test_the_same_brow_counts_for_more_the_more_its_tracker_is_trusted(one, other):
    least, most = sorted((one, other))
    assert au04(window(2.0, least))[0][0] <= au04(window(2.0, most))[0][0]


def test_a_cheap_webcams_brow_is_read():
    """Without a graphics chip the library's trust in the brow is .2."""
    values, mask = au04(window(3.0, 0.2))
    assert mask.all()
    assert (values > 0.5).all()


def test_a_unit_that_the_tracker_cannot_see_at_all_is_missing():
    assert not au04(window(3.0, 0.0))[1].any()


def test_other_units_do_not_depend_on_that_trust():
    some, others = (window_features(window(2.0, trust))["face"].values for trust in (0.1, 0.9))
    np.testing.assert_array_equal(np.delete(some, AU04, axis=1), np.delete(others, AU04, axis=1))


def test_weighting_leaves_the_track_as_it_was():
    track = window(3.0, 0.2).streams["face"]
    before = track.values.copy()
    face.weight_units(track)
    np.testing.assert_array_equal(track.values, before)
