"""The interface: its picture, the newest layout, text as its length, and twenty features."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emotion.features.interface import NAMES, draw, draw_newest, features, newest_layout
from emotion.streams import stream
from emotion.windows import Chunk, make_track

RED, GREEN, WHITE = (1, 0, 0), (0, 1, 0), (1, 1, 1)


def row(x, y, w, h, colour=RED, text=0, t=0.0, kind=1):
    return [t, x, y, w, h, kind, *colour, text]


def to_rows(*given):
    return np.array(given, np.float32)


def make_layout_track(*given, t0=0.0, t1=60.0):
    chunk = Chunk(0.0, 0.0, to_rows(*given))
    return make_track(stream("layout"), [chunk], t0=t0, t1=t1, backend="")


def test_a_box_is_painted_at_its_place():
    found = draw(to_rows(row(0.25, 0.5, 0.5, 0.25)), 8)
    expected = np.ones((3, 8, 8), np.float32)
    expected[1:, 4:6, 2:6] = 0
    np.testing.assert_array_equal(found, expected)


def test_a_small_box_is_on_top_of_a_large_one_in_any_order():
    page, button = row(0, 0, 1, 1), row(0.5, 0.5, 0.25, 0.25, GREEN)
    for order in ((page, button), (button, page)):
        found = draw(to_rows(*order), 8)
        assert tuple(found[:, 5, 5]) == GREEN
        assert tuple(found[:, 0, 0]) == RED


def test_of_two_equal_boxes_the_later_is_on_top():
    found = draw(to_rows(row(0, 0, 1, 1, RED), row(0, 0, 1, 1, GREEN)), 4)
    assert tuple(found[:, 2, 2]) == GREEN


def test_more_text_draws_more_and_darkens_only_its_box():
    amounts = [
        (1 - draw(to_rows(row(0.25, 0.25, 0.5, 0.5, WHITE, text)), 64)[0])
        for text in (0, 20, 90, 300)
    ]
    inked = [int((each > 0.1).sum()) for each in amounts]
    assert inked == [0, 20, 90, 300]
    assert amounts[-1][:16].max() == amounts[-1][:, :16].max() == 0


def test_text_on_a_dark_box_is_lighter():
    found = draw(to_rows(row(0, 0, 1, 1, (0, 0, 0), 4)), 8)
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
    found, mask = draw_newest(make_layout_track(whole, *later), 8)
    assert mask.all()
    assert tuple(found[:, 4, 1]) == GREEN
    assert tuple(found[:, 4, 6]) == RED
    assert len(newest_layout(make_layout_track(whole, *later))) == 2


def test_without_a_layout_everything_is_masked():
    for sense in (
        None,
        make_layout_track(row(0, 0, 1, 1, t=90.0)),
        make_layout_track(row(0, 0, 2, 1)),
    ):
        found, mask = draw_newest(sense, 8)
        assert found.shape == (3, 8, 8)
        assert not found.any()
        assert not mask.any()


KINDS = stream("layout").channels[stream("layout").index("kind")].codes


def kind_code(kind):
    return KINDS.index(kind)


def describe(*given):
    """Return the features of one layout on a white page by name; None if masked."""
    page = row(0, 0, 1, 1, WHITE, kind=kind_code("page"))
    values, mask = features(make_layout_track(page, *given))
    return {n: float(v) if m else None for n, v, m in zip(NAMES, values, mask, strict=True)}


def test_there_are_twenty_features_with_distinct_names():
    assert len(set(NAMES)) == 20


def test_a_page_without_boxes_has_zero_areas_and_masks_the_rest():
    found = describe()
    assert (found["log_boxes"], found["covered"], found["log_text"]) == (0, 0, 0)
    assert (found["lightness"], found["contrast"], found["colourfulness"]) == (1, 0, 0)
    masked = {name for name, value in found.items() if value is None}
    assert masked == {
        *("nesting", "log_text_density", "balance_x", "balance_y"),
        *("symmetry", "alignment_x", "size_variety"),
    }


def test_areas_are_shares_of_the_page_and_overlaps_count_once():
    found = describe(
        row(0, 0, 0.5, 0.5, kind=kind_code("video")),
        row(0.5, 0, 0.5, 0.5, WHITE, text=100, kind=kind_code("question")),
        row(0.5, 0.25, 0.5, 0.25, WHITE, text=20, kind=kind_code("choice")),
        row(0, 0.5, 0.2, 0.1, WHITE, kind=kind_code("hint")),
    )
    assert np.isclose(found["covered"], 0.52)
    assert np.isclose(found["video_area"], 0.25)
    assert np.isclose(found["asking_area"], 0.25)
    assert np.isclose(found["text_area"], 0.25)
    assert np.isclose(found["help_area"], 0.02)
    assert np.isclose(found["largest"], 0.25)
    assert np.isclose(found["nesting"], (0.52 + 0.125) / 0.52)
    assert np.isclose(np.expm1(found["log_text"]), 120)
    assert np.isclose(np.expm1(found["log_text_density"]), 480)
    assert np.isclose(np.expm1(found["log_pressable"]), 1)
    assert np.isclose(found["kinds"], 4 / 9)


def test_balance_and_symmetry_fall_if_all_boxes_are_on_one_side():
    both = describe(row(0.1, 0, 0.2, 1), row(0.7, 0, 0.2, 1))
    assert np.isclose([both["balance_x"], both["balance_y"], both["symmetry"]], 1).all()
    left = describe(row(0.1, 0, 0.2, 1))
    assert (left["balance_x"], left["symmetry"]) == (0, 0)
    assert np.isclose(left["balance_y"], 1)
    nearer = describe(row(0.3, 0, 0.2, 1), row(0.7, 0, 0.2, 1))
    assert 0 < nearer["balance_x"] < 1


def test_a_column_of_equal_boxes_is_aligned_and_a_scatter_is_not():
    column = describe(*(row(0.2, y, 0.4, 0.1) for y in (0.1, 0.3, 0.5, 0.7)))
    assert (column["alignment_x"], column["size_variety"]) == (1, 0.25)
    scatter = describe(*(row(n / 10, n / 10, 0.1 + n / 20, 0.1) for n in range(4)))
    assert (scatter["alignment_x"], scatter["size_variety"]) == (0.25, 1)


def test_lightness_contrast_and_colourfulness_follow_the_colours():
    dark, grey = describe(row(0, 0, 1, 1, (0, 0, 0))), describe(row(0, 0, 1, 0.5, (0.5, 0.5, 0.5)))
    assert dark["lightness"] < grey["lightness"] < 1
    assert (dark["contrast"], dark["colourfulness"]) == (0, 0)
    assert np.isclose(grey["contrast"], 0.25)
    red = describe(row(0, 0, 1, 1, RED))
    assert np.isclose(red["colourfulness"], 0.3 * np.hypot(1, 0.5))
    assert describe(row(0, 0, 1, 0.5, RED))["colourfulness"] > red["colourfulness"]


def test_the_features_are_those_of_the_newest_layout():
    old = row(0, 0, 1, 1, t=3.0)
    new = [row(0, 0, 0.5, 1, t=40.0), row(0.5, 0, 0.25, 1, t=40.0)]
    values, mask = features(make_layout_track(old, *new))
    assert mask[NAMES.index("covered")]
    assert np.isclose(values[NAMES.index("covered")], 0.75)


def test_without_a_layout_every_feature_is_masked():
    for sense in (
        None,
        make_layout_track(row(0, 0, 1, 1, t=90.0)),
        make_layout_track(row(0, 0, 2, 1)),
    ):
        values, mask = features(sense)
        assert not values.any()
        assert not mask.any()


@given(BOXES)
def test_any_boxes_give_twenty_finite_features(boxes):
    given = [row(*b[:4], b[4:7], b[7]) for b in boxes]
    values, mask = features(
        make_layout_track(row(0, 0, 1, 1, WHITE, kind=kind_code("page")), *given)
    )
    assert values.shape == mask.shape == (20,)
    assert np.isfinite(values).all()
    bounded = [
        n for n in NAMES if not n.startswith("log_") and n not in ("nesting", "colourfulness")
    ]
    inside = values[[NAMES.index(name) for name in bounded]]
    assert ((inside >= 0) & (inside <= 1 + 1e-6)).all()
