"""Captions of a video, cut into its 10-s segments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

SEGMENT_S = 10.0


@dataclass(frozen=True, slots=True)
class Cue:
    """A caption; `text` is spoken in [start, end), s since the video began."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Material:
    """A video as input of a describer.

    Attributes
    ----------
    file : Path or None
        The video itself; None if only its captions are available.
    duration_s : float
    cues : sequence of Cue
        In any order; empty if the video has no captions.
    """

    file: Path | None
    duration_s: float
    cues: Sequence[Cue] = ()

    @property
    def segments(self) -> int:
        """Number of 10-s segments; the last may be shorter."""
        return max(1, ceil(self.duration_s / SEGMENT_S))

    def captions_of(self, segment: int) -> str:
        """Return the captions that overlap segment number `segment`, in order of time.

        A cue across a border is in both segments, since half a sentence means little.
        """
        t0, t1 = span(segment)
        heard = [cue for cue in self.cues if cue.start < t1 and cue.end > t0]
        return " ".join(cue.text for cue in sorted(heard, key=lambda cue: cue.start))


def span(segment: int) -> tuple[float, float]:
    """Return [t0, t1) of segment number `segment`, s since the video began."""
    return SEGMENT_S * segment, SEGMENT_S * (segment + 1)


def segment_at(time_s: float) -> int:
    """Return the number of the segment at `time_s` s into the video."""
    if time_s < 0:
        raise ValueError(f"expected a time of 0 s or more, got {time_s}")
    return int(time_s // SEGMENT_S)
