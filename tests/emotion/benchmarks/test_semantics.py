"""`benchmark semantics` joins real films and measures each part of their semantics."""

from __future__ import annotations

import pytest

from emotion.benchmarks import CannotMeasure, semantics
from emotion.semantics.caption_segments import Cue
from emotion.semantics.local_films import join_films, read_film
from emotion.semantics.scene_changes import count_cuts
from tests.fixtures.emotion.slide_films import make_slide_film
from tests.fixtures.models.video_models import NEEDS_ENCODER, NEEDS_READER

VTT = """WEBVTT A film

NOTE free

1
00:00:01.000 --> 00:00:04.500
Two lines
of text.

00:00:05.000 --> 00:00:12.000
One line.
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """One film of 12 s with two slides and two captions."""
    made = tmp_path_factory.mktemp("films")
    make_slide_film(made / "film.mp4", [(["Slope of a line"], 7), (["Light"], 5)])
    (made / "film.en.vtt").write_text(VTT)
    return made


def test_captions_are_read_without_notes_and_numbers(folder):
    film = read_film(folder / "film.mp4")
    assert film.cues == [Cue(1.0, 4.5, "Two lines of text."), Cue(5.0, 12.0, "One line.")]
    assert film.duration_s == 12.0


def test_joined_films_have_the_length_and_the_captions_of_each(folder, tmp_path):
    film = join_films([read_film(folder / "film.mp4")], tmp_path / "long.mp4", 30.0)
    assert film.segments == 3
    assert [cue.start for cue in film.cues] == [1.0, 5.0, 13.0, 17.0, 25.0, 29.0]
    assert count_cuts(tmp_path / "long.mp4", 3).sum() == 4


@NEEDS_ENCODER
@NEEDS_READER
def test_it_adds_up_what_each_part_costs(folder):
    report = semantics.run({"data": folder, "seconds": 20.0}, lambda _: None)
    *parts, total = report.rows
    assert [row["part"] for row in parts] == ["cuts", "slide texts", "measures", "vectors"]
    assert total["cpu_s"] == pytest.approx(sum(row["cpu_s"] for row in parts), abs=0.05)
    assert total["goal_s"] == 2.0
    assert isinstance(total["met"], bool)


@pytest.mark.parametrize("data", [None, "empty"])
def test_without_films_it_says_what_it_needs(data, tmp_path):
    with pytest.raises(CannotMeasure, match=r"\.mp4, \.en\.vtt"):
        semantics.run({"data": tmp_path if data else None, "seconds": 20.0}, print)
