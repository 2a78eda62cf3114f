"""Pools of simulated learner-lessons as the shipped Predictor sees them, kept in a folder.

One file holds some of a film's learners in one world. The same person and luck are in every world,
so deeds can be taken from one and streams from another.

A file's name has the card, and a digest of its files and of the simulator's effects. It has none of
the code: empty the folder when the simulation or the Predictor's features have changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from emotion.labels import AFFECTS
from emotion.simulate import effects as coefficients
from emotion.simulate import planted_lesson
from emotion.simulate.cohort import LabelledMoment, cut_examples
from emotion.simulate.planted_lesson import PARTS, LessonShape, Plant, PlantedRecording

if TYPE_CHECKING:
    from emotion.models import Predictor

# Learners in a file.
CHUNK: Final = 25
DEEDS: Final = ("rewind", "pause", "wrong", "right", "hint")
_ARRAYS: Final = ("deeds", "stuck", "proba", "abstain")
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class PoolPlan:
    """What all worlds have in common: films, learners of each, the lesson, and the seed.

    `step_s`: time from one Window to the next, s. `card`: what `name_card` returns.
    """

    films: int
    learners: int
    seed: int
    shape: LessonShape
    step_s: float
    card: str

    @property
    def starts(self) -> NDArray[np.float64]:
        """Return when each Window begins."""
        return np.arange(0.0, self.shape.lesson_s, self.step_s)

    @property
    def name(self) -> str:
        """Return the plan's part of a file's name."""
        shape = f"{self.shape.chapter_s}-{self.shape.question_s}-{self.step_s:g}"
        return f"{self.card}-{self.seed}-{shape}"


@dataclass(frozen=True, slots=True)
class PoolWorld:
    """What is planted in a pool: kind "", "hard" or "boring", and its size.

    `text`: the film's content moves no learner, but its text is that of the plant; "shown" and
    "masked" say whether the Predictor reads it.
    """

    kind: str = ""
    size: float = 0.0
    text: str = ""

    @property
    def name(self) -> str:
        """Return the world's part of a file's name."""
        return f"{self.kind or 'nothing'}-{self.size:g}{'-' if self.text else ''}{self.text}"


@dataclass(frozen=True, slots=True, eq=False)
class FilmPool:
    """The learners (L) of one film in one world.

    Attributes
    ----------
    part : int
        Where the plant is, or would be.
    deeds : (L, P, 5) int
        Number of each of `DEEDS` by part.
    stuck : (L, P) int
        Presses of "I'm stuck".
    proba : (L, W, K) float32
        The card's probabilities by Window, without the film's text unless it is shown.
    abstain : (L, W) bool
    """

    part: int
    deeds: NDArray[np.int64]
    stuck: NDArray[np.int64]
    proba: NDArray[np.float32]
    abstain: NDArray[np.bool_]


def name_card(folder: Path) -> str:
    """Return the card's name with a digest of its files and of the simulator's effects."""
    found = hashlib.sha256(coefficients.EFFECTS_FILE.read_bytes())
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        found.update(path.name.encode() + path.read_bytes())
    return f"{folder.name}-{found.hexdigest()[:8]}"


def load_pool(
    folder: Path, predictor: Predictor, world: PoolWorld, plan: PoolPlan, say: Say
) -> list[FilmPool]:
    """Return the films of a world, simulating what the folder does not have."""
    found = []
    for film in range(plan.films):
        say(f"{world.name}: film {film + 1} of {plan.films}")
        chunks = [
            _load_chunk(folder, predictor, world, film, people, plan)
            for people in split_learners(plan.learners)
        ]
        columns = (np.concatenate([chunk[name] for chunk in chunks]) for name in _ARRAYS)
        found.append(FilmPool(film % PARTS, *columns))
    return found


def split_learners(learners: int) -> list[range]:
    """Return the learners of each file, so that a run that was stopped loses little."""
    return [range(at, min(at + CHUNK, learners)) for at in range(0, learners, CHUNK)]


def _load_chunk(
    folder: Path, predictor: Predictor, world: PoolWorld, film: int, people: range, plan: PoolPlan
) -> dict[str, NDArray[Any]]:
    path = folder / f"{plan.name}-{world.name}-{film}-{people.start}-{people.stop}.npz"
    if not path.exists():
        rows = simulate_learners(predictor, world, film, people, plan)
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".half.npz")
        np.savez_compressed(half, allow_pickle=False, **rows)
        half.rename(path)
    with np.load(path) as arrays:
        return {name: arrays[name] for name in _ARRAYS}


def simulate_learners(
    predictor: Predictor, world: PoolWorld, film: int, people: range, plan: PoolPlan
) -> dict[str, NDArray[Any]]:
    """Simulate some of a film's learners in one world."""
    effects, part = coefficients.load(), film % PARTS
    # The same stream as that of learner 0: a seed's trailing zeros do not count. Another would make
    # all kept pools useless, and levels are not compared with persons.
    levels = planted_lesson.draw_film_levels(np.random.default_rng([plan.seed, film]))
    plant = Plant(world.kind, part, world.size) if world.kind else None
    lesson = planted_lesson.make_lesson(levels, plant, effects, plan.shape)
    pull = 0.0 if world.text else 1.0
    rows = []
    for learner in people:
        key = plan.seed, film, learner
        lived = planted_lesson.simulate_learner(lesson, effects, plan.shape, key, pull=pull)
        rows.append(_observe(predictor, lived, plan, text=world.text == "shown"))
    columns = (np.stack(column) for column in zip(*rows, strict=True))
    return dict(zip(_ARRAYS, columns, strict=True))


def _observe(
    predictor: Predictor, learner: PlantedRecording, plan: PoolPlan, *, text: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32], NDArray[np.bool_]]:
    """Return deeds and presses by part, and the Predictor's answers by Window."""
    deeds = [
        _count([each.t for each in learner.deeds if each.deed == name], plan) for name in DEEDS
    ]
    recording = learner.recording if text else replace(learner.recording, surroundings=None)
    moments = [LabelledMoment(recording, t0, AFFECTS[0]) for t0 in plan.starts.tolist()]
    windows = [example.window for example in cut_examples(moments)]
    read = {"semantics"} if text else set()
    seen = [window.select({*window.streams, *read}) for window in windows]
    answers = predictor.predict(seen)
    return (
        np.stack(deeds, axis=1),
        _count(learner.stuck, plan),
        answers.proba,
        answers.abstain,
    )


def _count(times: Sequence[float] | NDArray[np.float64], plan: PoolPlan) -> NDArray[np.int64]:
    parts = plan.shape.find_part(np.asarray(times, np.float64))
    return np.bincount(parts, minlength=PARTS)
