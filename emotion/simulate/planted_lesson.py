"""A simulated lesson with one planted hard or boring part: its film, its questions, its learners.

A film of eight chapters, then a question about each. A part is a chapter with its question. Every
part of a film has the same qualities, except the planted one: logits = film + size x
`effects.videos[kind]`. All else is `emotion.simulate` as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.features.course import CourseDeed
from emotion.labels import AFFECTS, Affect
from emotion.simulate import film, surroundings
from emotion.simulate.cohort import Plan, SimulatedVideoRecording, record
from emotion.simulate.complete_recording import RecordingSurroundings
from emotion.simulate.effects import Effects
from emotion.simulate.people import draw_person
from emotion.simulate.state_paths import SEGMENT_S, SimulatedVideo

PARTS: Final = 8
# The pulse waves are left out: their features take nine tenths of the time, and without them the
# shipped card's macro-F1 is .004 lower.
LEFT_OUT: Final = frozenset({"ppg", "ecg"})
KINDS: Final = {"hard": Affect.CONFUSION, "boring": Affect.BOREDOM}
# `effects.videos` has the kinds of video in this order, as `effects.json` lists them.
VIDEO_KINDS: Final = ("INTEREST", "BOREDOM", "HAPPINESS", "CONFUSION", "DISTRACTION")
# Presses of "I'm stuck" in a second by state (assumed): a confused learner asks every eight
# minutes, a frustrated one every four, and any other every three hours.
STUCK_RATES: Final = {Affect.CONFUSION: 0.002, Affect.FRUSTRATION: 0.004}
LEAST_RATE: Final = 0.0001


@dataclass(frozen=True, slots=True)
class LessonShape:
    """How long the chapters and the questions take, s; multiples of 10."""

    chapter_s: int = 120
    question_s: int = 60

    @property
    def film_s(self) -> int:
        """Return the length of the film."""
        return PARTS * self.chapter_s

    @property
    def lesson_s(self) -> int:
        """Return the length of the film and the questions."""
        return self.film_s + PARTS * self.question_s

    def find_part(self, seconds: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return the part at each time of the lesson, in the film or in the questions."""
        asked = (seconds - self.film_s) // self.question_s
        found = np.where(seconds < self.film_s, seconds // self.chapter_s, asked)
        return np.clip(found, 0, PARTS - 1).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Plant:
    """What is planted: "hard" or "boring", where (0 to 7), and its size in the film's logits."""

    kind: str
    part: int
    size: float


@dataclass(frozen=True, slots=True, eq=False)
class PlantedRecording:
    """One learner in one lesson.

    Attributes
    ----------
    recording : SimulatedVideoRecording
        States and streams of the whole lesson; its surroundings have the film's text.
    deeds : sequence of CourseDeed
        Of the film and then of the questions, s since the lesson began.
    stuck : (N,)
        When the learner pressed "I'm stuck", s since the lesson began.
    """

    recording: SimulatedVideoRecording
    deeds: Sequence[CourseDeed]
    stuck: NDArray[np.float64]


def draw_film_levels(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return a film's five qualities in logits, spread as the level of any simulated video."""
    return rng.normal(0.0, 0.5, 5)


def make_lesson(
    levels: NDArray[np.float64], plant: Plant | None, effects: Effects, shape: LessonShape
) -> SimulatedVideo:
    """Return the qualities of each segment of the lesson, with or without its plant."""
    starts = np.arange(0.0, shape.lesson_s, SEGMENT_S)
    logits = np.tile(levels, (len(starts), 1))  # (S, 5)
    if plant is not None:
        more = effects.videos[VIDEO_KINDS.index(KINDS[plant.kind])]
        logits[shape.find_part(starts) == plant.part] += plant.size * more
    return SimulatedVideo(*(1 / (1 + np.exp(-logits))).T)


def simulate_learner(
    lesson: SimulatedVideo,
    effects: Effects,
    shape: LessonShape,
    key: Sequence[int],
    *,
    pull: float = 1.0,
) -> PlantedRecording:
    """Simulate one learner; the same `key` is the same person and luck in every lesson."""
    who, lived, done = (np.random.default_rng([*key, n]) for n in range(3))
    person = draw_person(0, effects, rng=who)
    person = replace(person, shares=person.shares - LEFT_OUT)
    plan = Plan(1, effects, complete=True, pull=pull)
    recording = record(person, lesson, 0, plan, rng=lived)
    states, film_s = recording.states, shape.film_s
    asked = [
        deed._replace(t=deed.t + film_s)
        for deed in surroundings.draw_deeds(states[film_s:], "test", done)
    ]
    deeds = [*surroundings.draw_deeds(states[:film_s], "course", done), *asked]
    text = film.draw_segments(lesson, np.random.default_rng([*key[:-1], 3]))
    recording = replace(recording, surroundings=RecordingSurroundings("course", deeds, text))
    return PlantedRecording(recording, deeds, draw_stuck(states, done))


def draw_stuck(states: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return when the learner pressed "I'm stuck"."""
    chances = np.array([STUCK_RATES.get(state, LEAST_RATE) for state in AFFECTS])[states]
    return np.flatnonzero(rng.random(len(states)) < chances).astype(np.float64)
