"""Beats are matched at most once, in order, within the window."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.signals.beat_matching import WITHIN_S, match_beats, measure_delay

times = st.lists(st.floats(0, 20), max_size=7).map(lambda found: np.array(sorted(found)))


def count_most_matches(found, known):
    """Return the largest matching, by exhaustive search."""
    if len(found) == 0 or len(known) == 0:
        return 0
    without = count_most_matches(found[1:], known)
    near = [place for place, time in enumerate(known) if abs(time - found[0]) <= WITHIN_S]
    return max(
        [without, *(1 + count_most_matches(found[1:], np.delete(known, place)) for place in near)]
    )


def test_a_known_beat_is_matched_once():
    counted = match_beats(np.array([1.0, 1.05, 2.0]), np.array([1.02, 3.0]))

    assert (counted.hits, counted.found, counted.known) == (1, 3, 2)
    assert counted.f1 == pytest.approx(2 / 5)


def test_no_beats_and_no_detections_are_a_perfect_score():
    assert match_beats(np.zeros(0), np.zeros(0)).f1 == 1
    assert match_beats(np.zeros(0), np.array([1.0])).f1 == 0


@given(times, times)
def test_no_matching_has_more_hits(found, known):
    assert match_beats(found, known).hits == count_most_matches(found, known)


def test_the_delay_is_the_median_time_to_the_next():
    assert measure_delay(
        np.array([1.2, 2.2, 3.4]), np.array([1.0, 2.0, 3.0, 4.0])
    ) == pytest.approx(0.2)
    with pytest.raises(ValueError, match="after at least one"):
        measure_delay(np.array([1.0]), np.array([2.0]))
