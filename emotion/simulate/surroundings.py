"""What surrounds a simulated learner: the face tracker, and the deeds in the course.

The numbers are in `surroundings.json`; each has a source or is assumed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emotion.features.course import CourseDeed
from emotion.labels import AFFECTS
from emotion.simulate.stream_rows import StreamRows
from emotion.streams import stream

SURROUNDINGS_FILE = Path(__file__).with_name("surroundings.json")
UNITS = 18
# Spread of a face tracker's confidence around its trust, from frame to frame (assumed).
JITTER = 0.05


@dataclass(frozen=True, slots=True)
class SegmentMeasure:
    """How a film's qualities show in one measure of its segments."""

    base: float
    noise: float
    slopes: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The numbers of `surroundings.json`.

    Attributes
    ----------
    missing : mapping from input to share
    trackers : mapping from library to (share of people, (18,) trust in each action unit)
    segments : mapping from measure to SegmentMeasure
    scenarios : mapping from scenario to share of recordings
    deeds : mapping from scenario and deed to (6,)
        Chance in a second, by state as `AFFECTS`; of "wrong" the chance that an answer is wrong.
    answer_s : (median, log deviation)
        Time that an answer takes, s.
    sped_up : float
        Share of films watched faster.
    """

    missing: Mapping[str, float]
    trackers: Mapping[str, tuple[float, NDArray[np.float32]]]
    segments: Mapping[str, SegmentMeasure]
    scenarios: Mapping[str, float]
    deeds: Mapping[str, Mapping[str, NDArray[np.float64]]]
    answer_s: tuple[float, float]
    sped_up: float


@cache
def load() -> Surroundings:
    """Return the numbers in the file."""
    raw = json.loads(SURROUNDINGS_FILE.read_text(encoding="utf-8"))
    trackers = raw["trackers"]
    return Surroundings(
        missing=MappingProxyType({name: cell[0] for name, cell in raw["missing"].items()}),
        trackers={
            name: (share, np.array(list(trackers["trust"][name].values()), np.float32))
            for name, share in trackers["shares"].items()
        },
        segments={
            name: SegmentMeasure(**told) for name, told in raw["segments"].items() if name != "note"
        },
        scenarios={name: cell[0] for name, cell in raw["scenarios"].items()},
        deeds={name: _by_deed(raw["deeds"][name]) for name in raw["scenarios"]},
        answer_s=(raw["answer_s"]["median"], raw["answer_s"]["spread"]),
        sped_up=raw["rate"]["sped_up"][0],
    )


def _by_deed(table: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
    return {
        deed: np.array([row[state] for state in AFFECTS], np.float64) for deed, row in table.items()
    }


def draw_trust(rng: np.random.Generator) -> NDArray[np.float32]:
    """Return (18,) the trust in each action unit of the library that a person's computer uses."""
    shares, trusts = zip(*load().trackers.values(), strict=True)
    return np.asarray(trusts[rng.choice(len(trusts), p=shares)])


def track_face(
    found: StreamRows, trust: NDArray[np.float32], rng: np.random.Generator
) -> StreamRows:
    """Return face rows as a tracker of this trust reports them.

    Noise is added to each unit so that `trust` is the share of its variance that is signal, and
    its confidence says so.
    """
    face = stream("face")
    values = found.values.copy()
    quality = values[:, face.index("quality")][:, None]
    units = values[:, :UNITS]
    noise = units.std(axis=0) * np.sqrt((1 - trust) / trust)  # (18,)
    # A tracker's error lasts: it is drawn once a second and held.
    seconds = found.times.astype(np.int64)
    error = rng.normal(0.0, 1.0, (seconds.max(initial=0) + 1, UNITS))[seconds] * noise
    values[:, :UNITS] = np.clip(units + error, 0.0, 5.0)
    confidence = quality * (trust + rng.normal(0.0, JITTER, units.shape))
    values[:, UNITS : 2 * UNITS] = np.clip(confidence, 0.0, 1.0)
    return StreamRows(found.times, values.astype(np.float32))


def draw_scenario(rng: np.random.Generator) -> str:
    """Return what a recording is of: a film of the course, a test, or a discussion."""
    names = list(load().scenarios)
    return names[rng.choice(len(names), p=list(load().scenarios.values()))]


def draw_deeds(
    states: NDArray[np.int64], scenario: str, rng: np.random.Generator, size: float = 1.0
) -> list[CourseDeed]:
    """Return what a learner did, in order of time.

    Parameters
    ----------
    states : (T,) int
        Index into `AFFECTS` at each second.
    size : float
        How far chances depend on the state: 0 = not at all, each is its mean over the states.
    """
    tables = {name: _shrink(row, size) for name, row in load().deeds[scenario].items()}
    found = []
    for deed, chances in tables.items():
        if deed == "wrong":
            continue
        for second in np.flatnonzero(rng.random(len(states)) < chances[states]).tolist():
            found.append(_make_deed(deed, second, states[second], tables, rng))
    if scenario == "course" and rng.random() < load().sped_up:
        found.append(CourseDeed(0.0, "rate", 1.25))
    return sorted(found)


def _make_deed(
    deed: str, second: int, state: int, tables: Mapping[str, Any], rng: np.random.Generator
) -> CourseDeed:
    t = second + float(rng.random())
    if deed != "answer":
        return CourseDeed(t, deed)  # type: ignore[arg-type]  # the file's words, held by a test
    median, spread = load().answer_s
    wrong = rng.random() < tables["wrong"][state]
    took = float(median * np.exp(spread * rng.normal()))
    return CourseDeed(t, "wrong" if wrong else "right", took)


def _shrink(chances: NDArray[np.float64], size: float) -> NDArray[np.float64]:
    mean = chances.mean()
    return np.asarray(np.clip(mean + size * (chances - mean), 0.0, 1.0))
