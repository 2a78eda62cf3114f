"""Measures of each segment of a film, in units that mean the same at every site.

Nothing is scaled by the other films of a site. NaN = not known, as without captions or without the
networks that read slides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from emotion.semantics.caption_segments import Cue, Material, span
from emotion.semantics.text_cleaning import clean

NAMES = ("log_speech_rate", "new_terms", "formula_density", "log_cuts", "log_slide_words")
# Words, numbers, and signs of mathematics one by one.
_TOKENS = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+(?:[.,]\d+)*|[+×÷·=<>≤≥≠≈±√∑∏∫∞π^−*/°%²³-]")
_SIGN_OR_NUMBER = re.compile(r"[\W\d]")
# Spoken names of signs and of parts of formulas; English, as the encoder is.
_MATHS_WORD = re.compile(
    "plus|minus|times|divided|equals?|squared|cubed|root|power|fraction|numerator|denominator|"
    "negative|positive|sum|difference|product|quotient|percent|pi|equation"
)

Values = NDArray[np.float32]


def measure_segments(film: Material, slides: Sequence[str] | None, cuts: Values | None) -> Values:
    """Return (S, 5), one column for each of NAMES.

    Parameters
    ----------
    film : Material
    slides : sequence of str or None
        The text of each segment's slide; None if slides were not read.
    cuts : (S,) float32 or None
        The number of cuts in each segment; None if the film could not be read.
    """
    count = film.segments
    said = [clean(film.captions_of(segment)) for segment in range(count)]
    shown = slides if slides is not None else [""] * count
    unknown = np.full(count, np.nan, np.float32)
    columns = (
        np.log1p([measure_speech_rate(film, segment) for segment in range(count)]),
        measure_new_terms(film),
        [measure_formula_density(f"{a}\n{b}") for a, b in zip(said, shown, strict=True)],
        unknown if cuts is None else np.log1p(cuts),
        unknown if slides is None else np.log1p([len(text.split()) for text in slides]),
    )
    return np.column_stack(columns).astype(np.float32)


def measure_speech_rate(film: Material, segment: int) -> float:
    """Return the words spoken a second; a cue's words are spread evenly over its time."""
    if not film.cues:
        return np.nan
    t0, t1 = span(segment)
    t1 = min(t1, max(film.duration_s, t0 + 1))
    words = sum(
        len(clean(cue.text).split()) * _overlap(cue, t0, t1) / (cue.end - cue.start)
        for cue in film.cues
        if cue.end > cue.start
    )
    return words / (t1 - t0)


def _overlap(cue: Cue, t0: float, t1: float) -> float:
    return max(0.0, min(cue.end, t1) - max(cue.start, t0))


def measure_new_terms(film: Material) -> Values:
    """Return (S,): the share of each segment's different words that no earlier cue had.

    A cue counts where it begins, so that one across a border is new once. NaN without a word.
    """
    found = np.full(film.segments, np.nan, np.float32)
    known: set[str] = set()
    for segment in range(film.segments):
        t0, t1 = span(segment)
        begun = [cue for cue in film.cues if t0 <= cue.start < t1]
        words = {token for cue in begun for token in tokenize(clean(cue.text)) if is_word(token)}
        if words:
            found[segment] = len(words - known) / len(words)
        known |= words
    return found


def measure_formula_density(text: str) -> float:
    """Return the share of numbers, signs and words of mathematics in a text; NaN if empty."""
    tokens = tokenize(text)
    if not tokens:
        return np.nan
    maths = [token for token in tokens if not is_word(token) or _MATHS_WORD.fullmatch(token)]
    return len(maths) / len(tokens)


def tokenize(text: str) -> list[str]:
    """Return words in lower case, numbers, and signs."""
    return [token.casefold() for token in _TOKENS.findall(text)]


def is_word(token: str) -> bool:
    """Return whether a token is a word: neither number nor sign."""
    return not _SIGN_OR_NUMBER.fullmatch(token[:1])
