"""Agreement of detected beats with known ones: each is matched once, in order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from emotion.signals.filters import Array

# Half of the 150 ms window of ANSI/AAMI EC57 is on each side of an annotation.
WITHIN_S = 0.075


@dataclass(frozen=True, slots=True)
class BeatAgreement:
    """Counts of one comparison.

    Attributes
    ----------
    hits, found, known : int
        Numbers of matched, detected and true beats.
    """

    hits: int
    found: int
    known: int

    @property
    def f1(self) -> float:
        """Return 2 hits / (found + known); 1 if there is nothing to find and nothing found."""
        total = self.found + self.known
        return 2 * self.hits / total if total else 1.0


def match_beats(found_s: Array, known_s: Array, within_s: float = WITHIN_S) -> BeatAgreement:
    """Match increasing times (N,) and (M,) in s, each with at most one within `within_s`."""
    hits = at = 0
    for time in found_s.tolist():
        while at < len(known_s) and known_s[at] < time - within_s:
            at += 1
        if at < len(known_s) and known_s[at] <= time + within_s:
            hits, at = hits + 1, at + 1
    return BeatAgreement(hits, len(found_s), len(known_s))


def measure_delay(found_s: Array, known_s: Array) -> float:
    """Return the median time in s from a known event to the next detected one (pulse transit)."""
    after = np.searchsorted(found_s, known_s)
    known = after < len(found_s)
    if not known.any():
        raise ValueError("expected a found event after at least one known event")
    return float(np.median(found_s[after[known]] - known_s[known]))
