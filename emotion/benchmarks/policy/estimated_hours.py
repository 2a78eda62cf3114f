"""Hours of simulated learners as a card sees them: true states, estimates, and course records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks.policy.interruption_facts import Acts, collect_acts
from emotion.labels import AFFECTS, Affect
from emotion.simulate import effects
from emotion.simulate.cohort import Plan, cut_series, iterate_recordings
from emotion.simulate.lessons import (
    BORED,
    ENGAGED,
    FRUSTRATED,
    LASTING_,
    NEUTRAL,
    WINDOW_S,
    WINDOWS,
    SimulatedHour,
)

if TYPE_CHECKING:
    from emotion.models import Predictor
    from emotion.simulate.cohort import SimulatedVideoRecording

# Five recordings of twelve minutes.
SEGMENTS: Final = (72, 72, 72, 72, 72)
# Code of the first person: no recipe's people reach it.
FIRST: Final = 3_000_000
# The length of one recording, s.
RECORDING_S: Final = 720
ABILITIES: Final = (0.3, 0.9)  # the lowest and the highest, as in `lessons` (assumed)
AS_LESSON: Final = {
    Affect.INTEREST: ENGAGED,
    Affect.HAPPINESS: ENGAGED,
    Affect.BOREDOM: BORED,
    Affect.CONFUSION: LASTING_,
    Affect.FRUSTRATION: FRUSTRATED,
    Affect.DISTRACTION: NEUTRAL,
}
Recordings = Sequence["SimulatedVideoRecording"]


@dataclass(frozen=True, slots=True, eq=False)
class EstimatedHour:
    """One learner's hour, at the end of each Window.

    Attributes
    ----------
    ends_s : (T,)
        s since the hour began.
    states : (T,) int
        Commonest state in the Window, index into `AFFECTS`.
    proba : (T, K)
        Probabilities of the card's labels; NaN where it abstained.
    acts : sequence of T
        Signals of the course.
    """

    ends_s: NDArray[np.float64]
    states: NDArray[np.int64]
    proba: NDArray[np.float64]
    acts: Sequence[Acts]

    def is_in(self, states: Sequence[Affect]) -> NDArray[np.bool_]:
        """Return (T,) whether each moment is in one of these states."""
        return np.isin(self.states, [AFFECTS.index(each) for each in states])


def iterate_people(people: int, seed: int) -> Iterator[Recordings]:
    """Yield each person's recordings of an hour."""
    plan = Plan(people, effects.load(), segments=SEGMENTS, complete=True, first=FIRST)
    rows = iterate_recordings(plan, rng=np.random.default_rng([seed, 41]))
    for _, group in groupby(rows, key=lambda row: row.person):
        yield list(group)


def share_of_time(recordings: Recordings, states: Sequence[Affect]) -> float:
    """Return the share of an hour's seconds in any of these states."""
    seconds = np.concatenate([each.states for each in recordings])
    return float(np.isin(seconds, [AFFECTS.index(each) for each in states]).mean())


def estimate_hour(predictor: Predictor, recordings: Recordings, seed: int) -> EstimatedHour:
    """Return the hour with the estimates that the card gives in it."""
    ends, states, proba = [], [], []
    for number, recording in enumerate(recordings):
        found = list(cut_series(recording))
        made = predictor.predict([each.window for each in found])
        ends += [number * RECORDING_S + each.window.t1 for each in found]
        states += [AFFECTS.index(each.label) for each in found]
        proba.append(np.where(made.abstain[:, None], np.nan, made.proba))
    rng = np.random.default_rng([seed, recordings[0].person])
    acts = collect_acts(make_lesson(recordings, rng.uniform(*ABILITIES)), rng, 1)
    places = [min(WINDOWS - 1, int(end / WINDOW_S) - 1) for end in ends]
    return EstimatedHour(
        np.array(ends), np.array(states), np.concatenate(proba), [acts[n] for n in places]
    )


def make_lesson(recordings: Recordings, ability: float) -> SimulatedHour:
    """Return the deeds of the recordings as a lesson; what they call a test is a quiz of it."""
    seconds = np.concatenate([each.states for each in recordings])[::WINDOW_S]
    states = np.array([AS_LESSON[state] for state in AFFECTS])[seconds]
    done = {deed: np.zeros(WINDOWS, np.bool_) for deed in ("rewind", "hint", "right", "wrong")}
    quiz = np.zeros(WINDOWS, np.bool_)
    for number, recording in enumerate(recordings):
        around = recording.surroundings
        if around is None:
            continue
        start = number * RECORDING_S
        quiz[start // WINDOW_S :][: RECORDING_S // WINDOW_S] = around.scenario == "test"
        for each in around.deeds:
            if each.deed in done:
                done[each.deed][int((start + each.t) / WINDOW_S)] = True
    none = np.full(WINDOWS, -1)
    answered = done["right"] | done["wrong"]
    acts = (done["rewind"], answered, done["right"], done["hint"], quiz)
    return SimulatedHour(states, none, none, {}, ability, *acts)
