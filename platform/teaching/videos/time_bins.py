"""A video in stretches of 5 s, and any stretch of it in numbers (pure)."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from teaching.videos.engagement_stats import Act, Records

BIN_S = 5.0
# A pause so near to where the page pauses by itself, at the end or at a question, is the page's.
NEAR_S = 1.5


@dataclass(frozen=True, slots=True)
class Span:
    """From one second of a video to another."""

    begin: float
    end: float

    def meets(self, begin: float, end: float) -> bool:
        return begin < self.end and end > self.begin


@dataclass(frozen=True, slots=True)
class Count:
    """What was done in one stretch: people who watched, replayed it and said "stuck", and
    how often it was replayed and paused."""

    watched: int
    back_people: int
    back: int
    paused: int
    stuck: int


def spans(length: float) -> list[Span]:
    """The whole video in stretches of 5 s; the last may be shorter."""
    return [
        Span(BIN_S * place, min(length, BIN_S * (place + 1)))
        for place in range(math.ceil(length / BIN_S))
    ]


def counts(found: Records, cut: Sequence[Span], own_pauses: Collection[float]) -> list[Count]:
    """What was done in each of these stretches; pauses that the page makes are left out."""
    watched = _people(_seen(found), cut)
    acts = [act for act in found.acts if act.name != "pause" or not _is_own(act, own_pauses)]
    back = [(act.learner, act.begin, act.end) for act in acts if act.name == "back"]
    back_people, back_times = _people(back, cut), _times(back, cut)
    paused = _times(_points(acts, "pause"), cut)
    stuck = _people(_points(acts, "stuck"), cut)
    rows = zip(watched, back_people, back_times, paused, stuck, strict=True)
    return [Count(*row) for row in rows]


Piece = tuple[int, float, float]


def _seen(found: Records) -> Iterator[Piece]:
    for learner, watched in found.watched.items():
        for begin, end in zip(watched[::2], watched[1::2], strict=True):
            yield learner, begin, end


def _points(acts: Sequence[Act], name: str) -> Iterator[Piece]:
    """As pieces so short that each lies in one stretch."""
    return ((act.learner, act.begin, act.begin + 1e-6) for act in acts if act.name == name)


def _is_own(act: Act, own: Collection[float]) -> bool:
    return any(abs(act.begin - at) <= NEAR_S for at in own)


def _people(pieces: Iterator[Piece] | list[Piece], cut: Sequence[Span]) -> list[int]:
    who: list[set[int]] = [set() for _ in cut]
    for learner, begin, end in pieces:
        for place in _places(begin, end, cut):
            who[place].add(learner)
    return [len(people) for people in who]


def _times(pieces: Iterator[Piece] | list[Piece], cut: Sequence[Span]) -> list[int]:
    times = [0] * len(cut)
    for _, begin, end in pieces:
        for place in _places(begin, end, cut):
            times[place] += 1
    return times


def _places(begin: float, end: float, cut: Sequence[Span]) -> Iterator[int]:
    """Which stretches, in order and without gaps, this piece meets."""
    first = bisect_right(cut, begin, key=lambda span: span.end)
    for place in range(first, len(cut)):
        if cut[place].begin >= end:
            break
        if cut[place].meets(begin, end):
            yield place
