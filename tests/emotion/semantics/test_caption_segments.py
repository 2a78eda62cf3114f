"""Captions are assigned to 10-s segments."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.semantics.caption_segments import Cue, Material, segment_at, span

CUES = [Cue(12.0, 14.0, "second"), Cue(1.0, 4.0, "first"), Cue(9.0, 11.0, "across")]


def test_captions_are_in_the_order_of_their_times():
    assert Material(None, 30.0, CUES).captions_of(0) == "first across"


def test_a_caption_across_a_border_is_in_both_segments():
    assert Material(None, 30.0, CUES).captions_of(1) == "across second"


def test_a_caption_that_ends_at_the_border_is_in_one_segment():
    video = Material(None, 20.0, [Cue(8.0, 10.0, "before")])
    assert [video.captions_of(0), video.captions_of(1)] == ["before", ""]


@pytest.mark.parametrize(("seconds", "segments"), [(0.5, 1), (10.0, 1), (10.1, 2), (155.0, 16)])
def test_the_last_segment_may_be_short(seconds, segments):
    assert Material(None, seconds).segments == segments


@given(st.floats(0, 1e5, allow_nan=False))
def test_every_moment_is_in_its_segment(time_s):
    t0, t1 = span(segment_at(time_s))
    assert t0 <= time_s < t1


def test_a_negative_time_is_refused():
    with pytest.raises(ValueError, match="0 s or more"):
        segment_at(-1.0)
