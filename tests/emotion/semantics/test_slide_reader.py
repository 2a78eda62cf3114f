"""Slides are read in reading order, and only when they changed."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.semantics import ffmpeg, slide_describer, slide_reader
from emotion.semantics.caption_segments import Material
from emotion.semantics.model_packages import UnusableModel
from emotion.semantics.slide_describer import SlideDescriber, is_changed
from emotion.semantics.slide_reader import TextBox, decode, read_text, sort_boxes
from tests.fixtures.emotion.slide_films import draw_slide, make_slide_film
from tests.fixtures.models.video_models import MISSING, NEEDS_READER

LIGHT = ["Photosynthesis", "Plants need light and water"]
SLOPE = ["Slope of a line", "y = 2x + 4"]


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """35 s: 12 s of one slide, then another."""
    path = tmp_path_factory.mktemp("slides") / "film.mp4"
    return Material(make_slide_film(path, [(LIGHT, 12), (SLOPE, 23)]), 35.0)


@NEEDS_READER
@pytest.mark.parametrize("lines", [LIGHT, ["The derivative of x", "is written dy/dx"]])
def test_lines_are_read_from_top_to_bottom(lines):
    assert read_text(draw_slide(lines)).split("\n") == lines


@NEEDS_READER
def test_a_formula_keeps_its_signs_and_numbers():
    assert read_text(draw_slide(SLOPE)).replace(" ", "").split("\n") == ["Slopeofaline", "y=2x+4"]


@NEEDS_READER
def test_a_picture_without_text_has_none():
    assert read_text(draw_slide([])) == ""


@NEEDS_READER
def test_each_segment_has_the_slide_at_its_end(film):
    said = [SlideDescriber().describe(film, segment).split("\n")[0] for segment in range(4)]
    assert said == [LIGHT[0], SLOPE[0], SLOPE[0], SLOPE[0]]


@NEEDS_READER
def test_a_slide_that_stays_is_read_once(film, monkeypatch):
    read, whole = [], slide_reader.read_text
    monkeypatch.setattr(
        slide_reader, "read_text", lambda picture: (read.append(1), whole(picture))[1]
    )
    describer = SlideDescriber()
    said = [describer.describe(film, segment) for segment in range(4)]
    assert len(read) == 2
    assert said[1] == said[2] == said[3]


@NEEDS_READER
def test_the_same_slide_of_another_film_is_read_again(film, tmp_path, monkeypatch):
    other = Material(make_slide_film(tmp_path / "other.mp4", [(LIGHT, 10)]), 10.0)
    describer = SlideDescriber()
    first = describer.describe(film, 0)
    assert describer.describe(other, 0) == first
    assert describer._last[0] == other.file


def test_a_changed_digit_is_a_change_and_compression_is_none():
    slide = draw_slide(SLOPE)
    noise = np.random.default_rng(0).integers(-20, 20, slide.shape)
    assert is_changed(slide, draw_slide([SLOPE[0], "y = 2x + 7"]))
    assert not is_changed(slide, np.clip(slide + noise, 0, 255).astype(np.uint8))


def test_without_a_readable_film_it_says_so(tmp_path):
    (tmp_path / "broken.mp4").write_text("no film")
    for file in (None, tmp_path / "broken.mp4"):
        with pytest.raises(ffmpeg.BrokenVideo):
            SlideDescriber().describe(Material(file, 20.0), 0)


def test_without_the_package_it_says_so(film, monkeypatch):
    monkeypatch.setattr(slide_reader, "PACKAGE", MISSING)
    slide_reader._load.cache_clear()
    with pytest.raises(UnusableModel, match="not installed"):
        SlideDescriber().describe(film, 0)


def test_the_last_picture_is_found_where_the_film_is_shorter_than_its_card(film):
    times = slide_describer._choose_times(Material(film.file, 36.5), 3)
    assert ffmpeg.extract_slides(film.file, times, slide_describer.SIZE).shape == (2, 544, 960, 3)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 900)), unique=True))
def test_boxes_keep_their_number_and_each_row_runs_to_the_right(corners):
    boxes = [TextBox(top, top + 20, left, left + 40) for top, left in corners]
    ordered = sort_boxes(boxes)
    assert sorted(ordered, key=repr) == sorted(boxes, key=repr)
    for before, after in pairwise(ordered):
        assert after.left >= before.left or after.top + 10 >= before.top


def test_runs_count_once_and_class_0_separates():
    best = np.array([0, 1, 1, 0, 1, 2, 2, 0])
    sure = np.full(8, 0.9, np.float32)
    assert decode(best, sure, ["a", "b"]) == "aab"
    assert decode(best, sure - 0.3, ["a", "b"]) == ""
    assert decode(np.zeros(4, np.int64), sure[:4], ["a"]) == ""
