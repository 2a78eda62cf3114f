"""Which features an answer rests on: those without which it would be least likely.

Each cue of `emotion.feature_words` is hidden from the Predictor, alone and then beside the first
one found. So what is named is what the answer loses most by, which is the deletion test. Only what
differs from the Learner's own opening is named, as the words compare with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from emotion import feature_words
from emotion.feature_words import CueWords
from emotion.windows import Window

Array = NDArray[np.float64]
# Features by Stream that are hidden together.
Hidden = Mapping[str, Sequence[str]]

# How many cues fit into a sentence of 15 words.
MOST_CUES = 2
# A smaller difference from the opening, in standard deviations of people's, is not worth saying.
LEAST_CHANGE = 0.25
# A cue that the answer's probability loses less by is not named.
LEAST_LOSS = 0.01


@runtime_checkable
class HidingPredictor(Protocol):
    """A Predictor that can answer with single features hidden."""

    def measure_changes(self, window: Window) -> Mapping[str, Mapping[str, float]]:
        """Return by Stream and feature how far it is from the opening, in standard deviations.

        Features whose opening is not known are left out.
        """
        ...

    def hide_features(self, window: Window, label: str, choices: Sequence[Hidden]) -> Array:
        """Return P(label) with each choice of features hidden (N,)."""
        ...


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue an answer rests on: its Stream, its name in `feature_words`, and more or less of it."""

    stream: str
    name: str
    higher: bool


def find_cues(predictor: HidingPredictor, window: Window, label: str) -> tuple[Cue, ...]:
    """Return the cues P(label) loses most by, the largest first; empty if none is worth naming."""
    candidates = _list_candidates(predictor.measure_changes(window))
    chosen: list[Cue] = []
    left = float(predictor.hide_features(window, label, [{}])[0])
    while len(chosen) < MOST_CUES and candidates:
        sets = [list_features([*chosen, cue]) for cue in candidates]
        found = predictor.hide_features(window, label, sets)
        best = int(found.argmin())
        if left - found[best] < LEAST_LOSS:
            break
        left = float(found[best])
        chosen.append(candidates[best])
        said = _words(chosen[-1])
        candidates = [cue for cue in candidates if _words(cue) != said]
    return tuple(chosen)


def list_features(cues: Sequence[Cue]) -> dict[str, list[str]]:
    """Return the features of these cues by Stream."""
    found: dict[str, list[str]] = {}
    for cue in cues:
        signs = feature_words.find_cue(cue.stream, cue.name).signs
        found.setdefault(cue.stream, []).extend(signs)
    return found


def _list_candidates(changes: Mapping[str, Mapping[str, float]]) -> list[Cue]:
    words = feature_words.load()
    return [
        Cue(stream, cue.name, change > 0)
        for stream, known in changes.items()
        if stream in words
        for cue in words[stream].cues
        if abs(change := _mean_change(cue, known)) >= LEAST_CHANGE
    ]


def _mean_change(cue: CueWords, known: Mapping[str, float]) -> float:
    found = [sign * known[name] for name, sign in cue.signs.items() if name in known]
    return float(np.mean(found)) if found else 0.0


def _words(cue: Cue) -> str:
    known = feature_words.find_cue(cue.stream, cue.name)
    return known.higher if cue.higher else known.lower
