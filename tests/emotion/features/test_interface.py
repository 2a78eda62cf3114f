"""The interface's picture: boxes where they stand, the newest layout, no text but its length."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emotion.features.interface import draw, image, snapshot
from emotion.streams import stream
from emotion.windows import Chunk, track

RED, GREEN, WHITE = (1, 0, 0), (0, 1, 0), (1, 1, 1)


def row(x, y, w, h, colour=RED, text=0, t=0.0, kind=1):
    return [t, x, y, w, h, kind, *colour, text]


def rows(*given):
    return np.array(given, np.float32)


def sent(*given, t0=0.0, t1=60.0):
    chunk = Chunk(0.0, 0.0, rows(*given))
    return track(stream("layout"), [chunk], t0=t0, t1=t1, backend="")


def test_a_box_is_painted_where_it_stands():
    found = draw(rows(row(0.25, 0.5, 0.5, 0.25)), 8)
    expected = np.ones((3, 8, 8), np.float32)
    expected[1:, 4:6, 2:6] = 0
    np.testing.assert_array_equal(found, expected)


def test_a_small_box_lies_on_a_large_one_in_any_order():
    page, button = row(0, 0, 1, 1), row(0.5, 0.5, 0.25, 0.25, GREEN)
    for order in ((page, button), (button, page)):
        found = draw(rows(*order), 8)
        assert tuple(found[:, 5, 5]) == GREEN
        assert tuple(found[:, 0, 0]) == RED


def test_of_two_alike_the_later_is_on_top():
    found = draw(rows(row(0, 0, 1, 1, RED), row(0, 0, 1, 1, GREEN)), 4)
    assert tuple(found[:, 2, 2]) == GREEN


def test_more_text_draws_more_and_darkens_only_its_box():
    amounts = [
        (1 - draw(rows(row(0.25, 0.25, 0.5, 0.5, WHITE, text)), 64)[0]) for text in (0, 20, 90, 300)
    ]
    inked = [int((each > 0.1).sum()) for each in amounts]
    assert inked == [0, 20, 90, 300]
    assert amounts[-1][:16].max() == amounts[-1][:, :16].max() == 0


def test_text_on_a_dark_box_is_lighter():
    found = draw(rows(row(0, 0, 1, 1, (0, 0, 0), 4)), 8)
    assert np.isclose(found.max(), 0.4)


BOXES = st.lists(st.tuples(*[st.floats(0, 1, width=32)] * 7, st.integers(0, 10_000)), max_size=12)


@given(BOXES, st.sampled_from([8, 33]))
def test_any_boxes_give_a_picture(boxes, size):
    given = np.array([row(*b[:4], b[4:7], b[7]) for b in boxes], np.float32).reshape(-1, 10)
    found = draw(given, size)
    assert found.shape == (3, size, size)
    assert 0 <= found.min() <= found.max() <= 1


def test_the_newest_layout_is_drawn():
    whole = row(0, 0, 1, 1, RED, t=3.0)
    later = [row(0, 0, 0.5, 1, GREEN, t=40.0), row(0.5, 0, 0.5, 1, RED, t=40.0)]
    found, mask = image(sent(whole, *later), 8)
    assert mask.all()
    assert tuple(found[:, 4, 1]) == GREEN
    assert tuple(found[:, 4, 6]) == RED
    assert len(snapshot(sent(whole, *later))) == 2


def test_without_a_layout_everything_is_masked():
    for sense in (None, sent(row(0, 0, 1, 1, t=90.0)), sent(row(0, 0, 2, 1))):
        found, mask = image(sense, 8)
        assert found.shape == (3, 8, 8)
        assert not found.any()
        assert not mask.any()
