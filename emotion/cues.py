"""Which features an answer rests on: those without which it would be least likely.

Each cue of `emotion.feature_words` is hidden from the Predictor, alone and then with the first one
found. So what is named is what the answer loses most by, which is the deletion test. Only what
differs from the Learner's own opening is named, as the words compare with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
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
# Only this many are tried with the first, those that matter most alone: time is limited.
SHORTLIST = 8
# A cue that the answer's probability loses less by is not named.
LEAST_LOSS = 0.01


@runtime_checkable
class HidingPredictor(Protocol):
    """A Predictor that can answer with single features hidden."""

    @property
    def labels(self) -> tuple[str, ...]: ...

    def measure_changes(self, window: Window) -> Mapping[str, Mapping[str, float]]:
        """Return by Stream and feature how far it is from the opening, in standard deviations.

        Features whose opening is not known are left out.
        """
        ...

    def hide_features(self, window: Window, choices: Sequence[Hidden]) -> Array:
        """Return the probabilities with each choice of features hidden (N, K)."""
        ...


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue an answer rests on: its Stream, its name in `feature_words`, and more or less of it."""

    stream: str
    name: str
    higher: bool


def find_cues(
    predictor: HidingPredictor,
    window: Window,
    labels: Sequence[str],
    streams: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> dict[str, tuple[Cue, ...]]:
    """Return for each label the cues its probability loses most by, the largest first.

    A label for which none is worth naming has none. `streams`: for a label in it, only cues of
    these Streams.
    """
    candidates = _list_candidates(predictor.measure_changes(window))
    found = predictor.hide_features(window, [{}, *(list_features([cue]) for cue in candidates)])
    cues: dict[str, tuple[Cue, ...]] = {}
    for label in labels:
        column, allowed = predictor.labels.index(label), streams.get(label)
        rows = [n for n, c in enumerate(candidates) if allowed is None or c.stream in allowed]
        chances = found[[0, *(1 + n for n in rows)], column]
        cues[label] = _choose_cues(
            predictor, window, [candidates[n] for n in rows], chances, column
        )
    return cues


def _choose_cues(
    predictor: HidingPredictor,
    window: Window,
    candidates: Sequence[Cue],
    chances: Array,
    column: int,
) -> tuple[Cue, ...]:
    """Return the most important cues, one after the other.

    `chances`: P(label) with nothing hidden, then with each candidate hidden alone.
    """
    chosen: list[Cue] = []
    left, alone = float(chances[0]), chances[1:]
    while candidates:
        best = int(alone.argmin())
        if left - alone[best] < LEAST_LOSS:
            break
        left = float(alone[best])
        chosen.append(candidates[best])
        said = _words(chosen[-1])
        order = np.argsort(alone, kind="stable")
        closest = [candidates[n] for n in order if _words(candidates[n]) != said]
        candidates = closest[:SHORTLIST]
        if len(chosen) == MOST_CUES or not candidates:
            break
        sets = [list_features([*chosen, cue]) for cue in candidates]
        alone = predictor.hide_features(window, sets)[:, column]
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
