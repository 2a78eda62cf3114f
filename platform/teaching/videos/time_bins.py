"""Split a video into bins of 5 s, and count acts in any span of it (pure)."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from teaching.videos.engagement_stats import VideoAct, VideoRecords

BIN_S = 5.0
# A pause this near to a point where the page pauses by itself (the end, a question) is not the
# learner's.
NEAR_S = 1.5


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """From one second of a video to another."""

    begin: float
    end: float

    def meets(self, begin: float, end: float) -> bool:
        return begin < self.end and end > self.begin


@dataclass(frozen=True, slots=True)
class SpanCounts:
    """Counts in one span: people who watched, replayed or pressed "stuck"; replays and pauses."""

    watched: int
    back_people: int
    back: int
    paused: int
    stuck: int


def split_video(length: float) -> list[TimeSpan]:
    """Return the bins of 5 s of the whole video; the last may be shorter."""
    return [
        TimeSpan(BIN_S * place, min(length, BIN_S * (place + 1)))
        for place in range(math.ceil(length / BIN_S))
    ]


def count_spans(
    found: VideoRecords, cut: Sequence[TimeSpan], own_pauses: Collection[float]
) -> list[SpanCounts]:
    """Count the acts in each of these spans, without pauses made by the page itself."""
    watched = _count_people(_watched_pieces(found), cut)
    acts = [act for act in found.acts if act.name != "pause" or not _is_own(act, own_pauses)]
    back = [(act.learner, act.begin, act.end) for act in acts if act.name == "back"]
    back_people, back_times = _count_people(back, cut), _count_times(back, cut)
    paused = _count_times(_points(acts, "pause"), cut)
    stuck = _count_people(_points(acts, "stuck"), cut)
    rows = zip(watched, back_people, back_times, paused, stuck, strict=True)
    return [SpanCounts(*row) for row in rows]


Piece = tuple[int, float, float]


def _watched_pieces(found: VideoRecords) -> Iterator[Piece]:
    for learner, watched in found.watched.items():
        for begin, end in zip(watched[::2], watched[1::2], strict=True):
            yield learner, begin, end


def _points(acts: Sequence[VideoAct], name: str) -> Iterator[Piece]:
    """Return acts as pieces so short that each lies in one span."""
    return ((act.learner, act.begin, act.begin + 1e-6) for act in acts if act.name == name)


def _is_own(act: VideoAct, own: Collection[float]) -> bool:
    return any(abs(act.begin - at) <= NEAR_S for at in own)


def _count_people(pieces: Iterator[Piece] | list[Piece], cut: Sequence[TimeSpan]) -> list[int]:
    who: list[set[int]] = [set() for _ in cut]
    for learner, begin, end in pieces:
        for place in _matching_spans(begin, end, cut):
            who[place].add(learner)
    return [len(people) for people in who]


def _count_times(pieces: Iterator[Piece] | list[Piece], cut: Sequence[TimeSpan]) -> list[int]:
    times = [0] * len(cut)
    for _, begin, end in pieces:
        for place in _matching_spans(begin, end, cut):
            times[place] += 1
    return times


def _matching_spans(begin: float, end: float, cut: Sequence[TimeSpan]) -> Iterator[int]:
    """Yield the indices of the spans that overlap this piece; `cut` is ordered, without gaps."""
    first = bisect_right(cut, begin, key=lambda span: span.end)
    for place in range(first, len(cut)):
        if cut[place].begin >= end:
            break
        if cut[place].meets(begin, end):
            yield place
