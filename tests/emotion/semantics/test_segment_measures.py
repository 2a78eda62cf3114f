"""Measures of a segment are in fixed units: nothing else in the library changes them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.semantics.caption_segments import Cue, Material
from emotion.semantics.segment_measures import (
    NAMES,
    measure_formula_density,
    measure_new_terms,
    measure_segments,
    measure_speech_rate,
    tokenize,
)

WORDS = st.lists(st.sampled_from(["slope", "line", "x", "light", "of", "7"]), max_size=6)
FILMS = st.lists(st.tuples(st.floats(0, 40), st.floats(0.5, 8), WORDS), max_size=8).map(
    lambda cues: Material(None, 50.0, [Cue(t, t + d, " ".join(words)) for t, d, words in cues])
)


def test_words_are_spread_over_their_cue():
    film = Material(None, 20.0, [Cue(8.0, 12.0, "one two three four")])
    assert [measure_speech_rate(film, 0), measure_speech_rate(film, 1)] == [0.2, 0.2]


def test_a_short_last_segment_has_its_own_length():
    film = Material(None, 14.0, [Cue(10.0, 14.0, "one two three four")])
    assert measure_speech_rate(film, 1) == 1.0


@given(FILMS)
def test_no_word_is_lost_between_segments(film):
    words = sum(len(cue.text.split()) for cue in film.cues)
    rates = [measure_speech_rate(film, segment) for segment in range(film.segments)]
    if film.cues:
        assert 10 * sum(rates) == pytest.approx(words, abs=1e-6)
    else:
        assert np.isnan(rates).all()


def test_terms_are_new_once():
    cues = [Cue(1.0, 2.0, "The slope"), Cue(11.0, 12.0, "the line"), Cue(21.0, 22.0, "The line")]
    np.testing.assert_array_equal(measure_new_terms(Material(None, 40.0, cues))[:3], [1, 0.5, 0])
    assert np.isnan(measure_new_terms(Material(None, 40.0, cues))[3])


@given(FILMS)
def test_the_film_s_new_terms_are_its_different_words(film):
    shares = measure_new_terms(film)
    begun = [
        {w for c in film.cues if 10 * s <= c.start < 10 * s + 10 for w in c.text.split()} - {"7"}
        for s in range(film.segments)
    ]
    new = sum(share * len(words) for share, words in zip(shares, begun, strict=True) if words)
    assert new == pytest.approx(len(set().union(*begun)), abs=1e-5)


@pytest.mark.parametrize(
    ("text", "density"),
    [
        ("a line of words", 0.0),
        ("x + 7 = 15", 0.8),
        ("x plus seven equals 15", 3 / 5),
        ("y = 2", 2 / 3),
        ("don't", 0.0),
    ],
)
def test_formula_density_is_the_share_of_mathematics(text, density):
    assert measure_formula_density(text) == pytest.approx(density)


def test_a_text_without_tokens_has_no_density():
    assert np.isnan(measure_formula_density(" … "))


@given(st.text())
def test_any_text_has_a_density_from_0_to_1(text):
    density = measure_formula_density(text)
    assert np.isnan(density) if not tokenize(text) else 0 <= density <= 1


@given(FILMS, st.lists(st.text(), min_size=5, max_size=5), st.booleans())
def test_measures_are_finite_or_unknown_and_in_range(film, slides, readable):
    cuts = np.arange(5, dtype=np.float32) if readable else None
    rows = measure_segments(film, slides, cuts)
    assert rows.shape == (5, len(NAMES))
    assert rows.dtype == np.float32
    known = rows[~np.isnan(rows)]
    assert (known >= 0).all()
    assert (known < 20).all()
    assert np.isnan(rows[:, NAMES.index("log_cuts")]).all() != readable


@given(FILMS)
def test_a_later_cue_changes_no_earlier_segment(film):
    more = Material(None, 50.0, [*film.cues, Cue(49.0, 50.0, "an unheard word")])
    if not film.cues:
        return
    before, after = (measure_segments(each, None, None)[:4] for each in (film, more))
    np.testing.assert_array_equal(before, after)


def test_what_was_not_read_is_unknown():
    rows = measure_segments(Material(None, 20.0), None, None)
    assert np.isnan(rows).all()
