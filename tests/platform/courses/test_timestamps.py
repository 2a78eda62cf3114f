"""A time in a video reads as on the player."""

from __future__ import annotations

from courses.timestamps import format_time


def test_a_clock_reads_as_on_the_player():
    assert [format_time(s) for s in (0, 9.9, 45, 61)] == ["0:00", "0:09", "0:45", "1:01"]
