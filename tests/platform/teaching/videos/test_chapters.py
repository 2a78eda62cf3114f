"""The position in a video, from play, pause and seek events."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from teaching.videos.chapters import chapter_at
from telemetry.video_position import second_of, stretches_gone_back_over


def make_events(*rows):
    return [SimpleNamespace(t=t, name=name, value=value) for t, name, value in rows]


@pytest.mark.parametrize(
    ("events", "t", "second"),
    [
        ([], 10, None),
        ([(5, "play", 0.0)], 50, 45.0),
        ([(5, "play", 0.0)], 3, None),
        ([(0, "play", 30.0), (10, "pause", 40.0)], 60, 40.0),
        ([(0, "play", 0.0), (10, "seek", -5.0)], 12, 7.0),
        ([(0, "play", 0.0), (10, "rate", 2.0)], 20, 30.0),
        ([(0, "play", 0.0), (5, "seek", -90.0), (5, "pause", None)], 9, 0.0),
        ([(0, "stuck", None), (4, "visibility", 1.0)], 9, None),
    ],
)
def test_the_second_follows_play_pause_seek_and_rate(events, t, second):
    assert second_of(make_events(*events), t) == second


def unit(*starts):
    chapters = [{"start": start, "end": start + 10, "title": str(start)} for start in starts]
    return SimpleNamespace(video=SimpleNamespace(chapters=chapters))


@pytest.mark.parametrize(("second", "place"), [(0, 0), (9.9, 0), (10, 1), (500, 2), (None, None)])
def test_a_second_belongs_to_the_chapter_that_began_before_it(second, place):
    assert chapter_at(unit(0, 10, 20), second) == place


def test_a_unit_without_chapters_has_no_parts():
    assert chapter_at(SimpleNamespace(), 4.0) is None


def test_going_back_returns_the_spans_replayed_since_then():
    rows = make_events(
        (0, "play", 0.0), (20, "seek", -8.0), (30, "seek", 5.0), (40, "pause", 27.0),
        (50, "seek", -30.0),
    )  # fmt: skip
    assert stretches_gone_back_over(rows, 0) == [(12.0, 20.0), (0.0, 27.0)]
    assert stretches_gone_back_over(rows, 20) == [(0.0, 27.0)]
