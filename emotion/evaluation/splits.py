"""Splits by person, by video or by both; a split that shares what it must not raises."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from emotion.evaluation.dataset import WindowStudy

Index = NDArray[np.int64]


class SharedPeople(ValueError):
    """The same person is on two sides of a split."""


class SharedVideos(ValueError):
    """The same video is on two sides of a split."""


class TooNear(ValueError):
    """One person's Windows on two sides are less than a Window apart."""


@dataclass(frozen=True, slots=True)
class Fold:
    """Training rows and test rows.

    Attributes
    ----------
    train, test : (N,) int
    digest : str
        Of the test rows (`digest`); to be stored with every figure.
    """

    train: Index
    test: Index
    digest: str


def refuse_shared_people(*sides: NDArray[np.int64]) -> None:
    """Raise SharedPeople if any two sides (each (N,) codes of people) share a person."""
    seen: set[int] = set()
    for side in sides:
        people = {int(code) for code in side}
        if shared := sorted(people & seen):
            raise SharedPeople(f"expected people on one side only, got {shared[:5]} on two")
        seen |= people


def iterate_folds(
    people: NDArray[np.int64], count: int, *, rng: np.random.Generator
) -> Iterator[tuple[Index, Index]]:
    """Yield (train rows, test rows) `count` times; every person is tested exactly once."""
    codes = np.unique(people)
    if not 2 <= count <= len(codes):
        raise ValueError(f"expected 2 to {len(codes)} folds for as many people, got {count}")
    for tested in np.array_split(rng.permutation(codes), count):
        inside = np.isin(people, tested)
        yield check_split(people, np.flatnonzero(~inside), np.flatnonzero(inside))


def check_split(people: NDArray[np.int64], train: Index, test: Index) -> tuple[Index, Index]:
    """Return the split unchanged, or raise SharedPeople: for splits made elsewhere."""
    refuse_shared_people(people[train], people[test])
    return train, test


def split_by_people(study: WindowStudy, count: int, *, rng: np.random.Generator) -> list[Fold]:
    """Return `count` folds; every person is tested once, by a model that never saw that person."""
    found = iterate_folds(study.people, count, rng=rng)
    return [Fold(train, test, digest(study, test)) for train, test in found]


def split_by_video(study: WindowStudy) -> list[Fold]:
    """Return one fold per video, with a Window's gap between the sides."""
    return [_video_fold(study, np.arange(len(study)), video) for video in np.unique(study.videos)]


def split_by_both(study: WindowStudy, count: int, *, rng: np.random.Generator) -> list[Fold]:
    """Return folds whose people and video are both new; every row is tested once."""
    found = []
    for train, test in iterate_folds(study.people, count, rng=rng):
        for video in np.unique(study.videos[test]):
            kept = train[study.videos[train] != video]
            tested = test[study.videos[test] == video]
            check_split(study.people, kept, tested)
            refuse_shared_videos(study, kept, tested)
            found.append(Fold(kept, tested, digest(study, tested)))
    return found


def refuse_shared_videos(study: WindowStudy, train: Index, test: Index) -> None:
    """Raise SharedVideos if both sides have rows of one video."""
    shared = np.intersect1d(study.videos[train], study.videos[test])
    if len(shared):
        raise SharedVideos(f"expected videos on one side only, got {shared[:5].tolist()} on two")


def refuse_near(study: WindowStudy, train: Index, test: Index) -> None:
    """Raise TooNear if a person's rows of the two sides have no Window's gap between them."""
    near = _find_near(study, train, test)
    if near.any():
        raise TooNear(f"expected a gap of {study.window_s:g} s, got {int(near.sum())} rows nearer")


def drop_near(study: WindowStudy, train: Index, test: Index) -> Index:
    """Return the training rows except those too near a test row of the same person."""
    return train[~_find_near(study, train, test)]


def digest(study: WindowStudy, rows: Index) -> str:
    """Return 12 hex digits of the rows' people, videos and times, independent of their order."""
    names = zip(study.people[rows], study.videos[rows], study.times[rows], strict=True)
    lines = sorted(f"{person} {video} {time:.3f}" for person, video, time in names)
    return sha256("\n".join(lines).encode()).hexdigest()[:12]


def _video_fold(study: WindowStudy, rows: Index, video: int) -> Fold:
    inside = study.videos[rows] == video
    test = rows[inside]
    train = drop_near(study, rows[~inside], test)
    refuse_shared_videos(study, train, test)
    refuse_near(study, train, test)
    return Fold(train, test, digest(study, test))


def _find_near(study: WindowStudy, train: Index, test: Index) -> NDArray[np.bool_]:
    """Return (len(train),): whether it starts within two Windows of a test row of its person."""
    near = np.zeros(len(train), np.bool_)
    for person in np.intersect1d(study.people[train], study.people[test]):
        tested = np.sort(study.times[test[study.people[test] == person]])
        mine = np.flatnonzero(study.people[train] == person)
        times = study.times[train[mine]]
        place = np.searchsorted(tested, times)
        before = tested[np.maximum(place - 1, 0)]
        after = tested[np.minimum(place, len(tested) - 1)]
        away = np.minimum(np.abs(times - before), np.abs(times - after))
        near[mine] = away < 2 * study.window_s
    return near
