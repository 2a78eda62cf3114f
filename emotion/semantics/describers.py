"""Describers: from a video to one text per segment, of the four kinds of paper 1's Table 3.

`none` returns nothing, `captions` the spoken text, `summary` its most central sentences,
`description` the visible content (`emotion.semantics.vlm_describer`). Also, `slides` is what
can be read (`emotion.semantics.slide_describer`). Each has a `source` that is stored with its
results, so that vectors of different origin are never mixed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from emotion.semantics.caption_segments import Material
from emotion.semantics.text_cleaning import clean

KINDS = ("none", "captions", "summary", "description", "slides")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")


class Describer(Protocol):
    """Describes what each segment of a video is about."""

    @property
    def kind(self) -> str:
        """One of `KINDS`."""

    @property
    def source(self) -> str:
        """Name and version of the method; equal sources give equal texts."""

    def describe(self, video: Material, segment: int) -> str:
        """Return the cleaned text of a segment; "" if there is none."""


class NoSemantics:
    """Paper 1's row "Without Semantic"."""

    kind = "none"
    source = "none"

    def describe(self, video: Material, segment: int) -> str:  # noqa: ARG002 - a Describer's
        """Return ""."""
        return ""


class CaptionDescriber:
    """The spoken text, as paper 1's "Caption Semantic"."""

    kind = "captions"
    source = "captions/1"

    def describe(self, video: Material, segment: int) -> str:
        """Return the captions of the segment."""
        return clean(video.captions_of(segment))


class SummaryDescriber:
    """The most central sentences of a segment's neighbourhood.

    Replaces paper 1's "Caption Summary Semantic" (BibiGPT, a service). Sentences of the segment and
    of one segment on either side are ranked by their similarity to all of them together. The best
    are kept, in order, up to `share` of the words.

    Parameters
    ----------
    share : float
        Of the words, 0-1.
    """

    kind = "summary"

    def __init__(self, share: float = 0.5) -> None:
        if not 0 < share <= 1:
            raise ValueError(f"expected a share above 0 and up to 1, got {share}")
        self.share = share

    @property
    def source(self) -> str:
        """Name and share."""
        return f"summary/1 share={self.share:g}"

    def describe(self, video: Material, segment: int) -> str:
        """Return the summary of the segment and its neighbours."""
        around = range(max(0, segment - 1), min(video.segments, segment + 2))
        return summarise(_sentences([clean(video.captions_of(at)) for at in around]), self.share)


def summarise(sentences: Sequence[str], share: float) -> str:
    """Return the sentences closest to the mean of all, up to `share` of the words, in order."""
    if len(sentences) < 3:
        return " ".join(sentences)
    try:
        terms = TfidfVectorizer(sublinear_tf=True).fit_transform(sentences)  # (S, V)
    except ValueError:  # nothing but one-letter words and signs
        return " ".join(sentences)
    nearness = np.asarray(terms @ terms.mean(axis=0).T).ravel()  # (S,)
    budget = share * sum(len(sentence.split()) for sentence in sentences)
    kept: set[int] = set()
    for index in np.argsort(-nearness, kind="stable"):
        if kept and sum(len(sentences[i].split()) for i in (*kept, index)) > budget:
            continue
        kept.add(int(index))
    return " ".join(sentences[index] for index in sorted(kept))


def _sentences(texts: Sequence[str]) -> list[str]:
    """Return each sentence once, as a cue across a border is in both segments."""
    found = (part.strip() for text in texts for part in _SENTENCE.split(text))
    return list(dict.fromkeys(part for part in found if part))
