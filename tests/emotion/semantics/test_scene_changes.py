"""Cuts of a film are counted by segment."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.semantics import ffmpeg
from emotion.semantics.scene_changes import FPS, count_cuts, find_cuts


def test_a_film_of_two_colours_has_one_cut(video):
    np.testing.assert_array_equal(count_cuts(video, 2), [0.0, 1.0])


def test_a_film_that_cannot_be_read_says_so(tmp_path):
    (tmp_path / "broken.mp4").write_text("no film")
    with pytest.raises(ffmpeg.BrokenVideo):
        count_cuts(tmp_path / "broken.mp4", 1)


def test_a_fade_is_one_cut():
    grey = np.array([0, 0, 60, 120, 180, 180, 180], np.uint8)
    frames = np.broadcast_to(grey[:, None, None], (7, 4, 4))
    np.testing.assert_array_equal(find_cuts(frames), [1.0])


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_every_jump_from_rest_is_found_at_its_time(jumps):
    """A jump here, and none beside it: planted at frames 2, 4, 6, … where `jumps` is True."""
    levels = np.cumsum([0, *(jump for each in jumps for jump in (each, 0))]) % 2 * 200
    frames = np.broadcast_to(levels.astype(np.uint8)[:, None, None], (len(levels), 3, 5))
    expected = [(2 * at + 1) / FPS for at, jump in enumerate(jumps) if jump]
    np.testing.assert_allclose(find_cuts(frames), expected)
