"""A simulated institution whose learners have wearables, as consecutive Windows.

People, videos and reports are drawn as in `institution`. In addition there are raw skin and pulse,
and the Windows of each Sitting that precede a report, as a Snapshot cuts them. All is simulated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from emotion.datasets.clips import LONGEST_S, MIDDLE, OF_WORDS
from emotion.datasets.snapshot import LEVELS, Example, Snapshot
from emotion.labels import AFFECTS
from emotion.simulate import effects as coefficients
from emotion.simulate import signals
from emotion.simulate.cohort import Plan, SimulatedVideoRecording, record
from emotion.simulate.institution import (
    ANSWERED,
    ASKED_S,
    SEGMENTS,
    SITTINGS,
    WEEKS,
    Institution,
    draw_institution,
    make_snapshot,
)
from emotion.simulate.people import draw_person
from emotion.simulate.state_paths import draw_video
from emotion.training.simulated_data import Signal, add_signals
from emotion.windows import HOP_S, Window, span

STREAMS = ("face", "gaze", "ppg", "eda")
# Distance of a rated level from the middle of SAM's scale.
FAR = (1, 4)


def simulate_sittings(
    of: Institution,
    people: int,
    *,
    rng: np.random.Generator,
    count: int = WEEKS * SITTINGS,
    first: int = 1,
    group: int = 20,
) -> Iterator[Example]:
    """Yield the Windows of each person's `count` Sittings; some end in a report.

    A report rates valence and arousal of the 10 s before it; a share `effects.label_noise` is for a
    redrawn state.
    """
    kinds = [of.effects.videos[n % len(of.effects.videos)] for n in range(count)]
    for at in range(first, first + people, group):
        videos = [draw_video(SEGMENTS, leaning, rng=rng) for leaning in kinds]
        for code in range(at, min(at + group, first + people)):
            person, plan = (
                draw_person(code, of.effects, rng=rng),
                Plan(1, of.effects, dwell=of.dwell, complete=True),
            )
            for number, video in enumerate(videos):
                recording = record(person, video, number, plan, rng=rng)
                yield from _simulate_sitting(recording, of, at, rng)


def simulate_cold_start(people: int = 24, count: int = SITTINGS, seed: int = 0) -> Snapshot:
    """Return a week of an institution that differs from the prior's, as a snapshot."""
    rng = np.random.default_rng(seed)
    of = draw_institution(coefficients.load(), rng=rng)
    return make_snapshot(
        list(simulate_sittings(of, people, rng=rng, count=count)), seed=seed, turned=list(of.turned)
    )


def _simulate_sitting(
    recording: SimulatedVideoRecording, of: Institution, group: int, rng: np.random.Generator
) -> Iterator[Example]:
    found = simulate_wristband(recording, rng)
    told = _draw_ratings(recording.states, of, rng)
    for number in _select_cuts(sorted(told)):
        levels = told.get(number, {})
        yield Example(
            person=f"P{recording.person:03d}",
            material=f"G{group}V{recording.video + 1}",
            t0=span(number)[0],
            window=cut_window(recording, found, *span(number)),
            source="report" if levels else "",
            simulated=True,
            levels=levels,
            occasion="random" if levels else "",
            sitting=recording.video + 1,
        )


def _draw_ratings(
    states: NDArray[np.int64], of: Institution, rng: np.random.Generator
) -> dict[int, dict[str, int]]:
    """Return the ratings by cut."""
    found, at = {}, float(rng.uniform(*ASKED_S))
    while at < len(states):
        if rng.random() < ANSWERED:
            number = int(at // HOP_S) - 1
            t0, t1 = (int(side) for side in span(number))
            state = AFFECTS[int(np.bincount(states[t0:t1], minlength=len(AFFECTS)).argmax())]
            noisy = rng.random() < of.effects.label_noise
            state = AFFECTS[int(rng.integers(len(AFFECTS)))] if noisy else state
            sides = {level: 1 if state in OF_WORDS[level] else -1 for level in LEVELS}
            found[number] = {
                n: MIDDLE + side * int(rng.integers(*FAR)) for n, side in sides.items()
            }
        at += float(rng.uniform(*ASKED_S))
    return found


def _select_cuts(told: Sequence[int]) -> list[int]:
    """Return the cuts that a Snapshot contains, except those without a later report."""
    taken = set(told)
    for number in range(1, max(told, default=0)):
        if not {number - 1, number, number + 1} & taken:
            taken.add(number)
    far = LONGEST_S / HOP_S
    return [n for n in sorted(taken) if any(n <= report <= n + far for report in told)]


def simulate_wristband(
    recording: SimulatedVideoRecording, rng: np.random.Generator
) -> dict[str, Signal]:
    """Return the raw skin signal of a recording whose person wears a wristband, and its period in
    s.
    """
    if "ppg" not in recording.streams:
        return {}
    return {"eda": (signals.simulate_skin(recording.states, rng), 1 / signals.EDA_HZ)}


def cut_window(
    recording: SimulatedVideoRecording, found: Mapping[str, Signal], t0: float, t1: float
) -> Window:
    """Return the Window [t0, t1) s of face, gaze and the raw signals."""
    return add_signals(recording, found, t0, t1).select(set(STREAMS))
