"""Rows of the order that a lesson map shows: chapters and questions, from deeds alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks.class_parts.figures import Row, rate_over_films, state_goal
from emotion.benchmarks.class_parts.pool import DEEDS, FilmPool
from emotion.lesson_parts.part_kinds import PartCounts, PartKind, order_parts
from emotion.simulate.planted_lesson import PARTS, LessonShape

FLOOR: Final = 5
MOST_ALARMS: Final = 0.05
SIZES: Final = (12, 30, 100)
# Every second learner stops after so many chapters, and reaches no question.
STOPS_AFTER: Final = (3, 4)


def make_map_rows(
    plain: Sequence[FilmPool],
    planted: Sequence[FilmPool],
    shape: LessonShape,
    draws: int,
    seed: int,
) -> Iterator[Row]:
    """Yield hits and verdicts where a hard part is planted, and false alarms where none is."""
    for learners in SIZES:
        told: Row = {"map": "order of parts", "learners": learners}
        if learners > min(len(film.stuck) for film in [*plain, *planted]):
            yield {**told, "not measured": "the pool has too few learners a film"}
            continue
        found = [
            _judge_draw(planted, learners, shape, np.random.default_rng([seed, 11, n]), n)
            for n in range(draws)
        ]
        films = np.arange(draws) % len(planted)
        rates = {
            name: rate_over_films(np.array([each[name] for each in found]), films)
            for name in found[0]
        }
        yield {**told, "planted": "hard", "draws": draws, **rates}
        for world in ("parts in random order", "half stop early, in random order"):
            rate = _count_alarms(plain, learners, shape, draws, (seed, 12), world)
            met = rate[0] <= MOST_ALARMS
            yield state_goal(
                f"lesson map, {learners} learners, {world}: false alarms",
                rate,
                f"<= {MOST_ALARMS}",
                met=met,
            )


def _judge_draw(
    films: Sequence[FilmPool],
    learners: int,
    shape: LessonShape,
    rng: np.random.Generator,
    number: int,
) -> dict[str, float]:
    """Return whether the planted chapter or question is first, and whether it has a verdict."""
    film = films[number % len(films)]
    rows = rng.choice(len(film.stuck), learners, replace=False)
    order = order_parts(describe_film(film.deeds[rows], film.stuck[rows], shape, rng), FLOOR)
    hits = {f"c{film.part}", f"q{film.part}"}
    return {
        "top1": float(order[0].key in hits),
        "found": float(any(each.is_unusual and each.key in hits for each in order)),
        "wrong": float(any(each.is_unusual and each.key not in hits for each in order)),
    }


def _count_alarms(
    films: Sequence[FilmPool],
    learners: int,
    shape: LessonShape,
    draws: int,
    seed: Sequence[int],
    world: str,
) -> list[float]:
    """Return how often any part has a verdict if each learner's parts are in random order."""
    alarms = []
    for number in range(draws):
        film, rng = films[number % len(films)], np.random.default_rng([*seed, number])
        rows = rng.choice(len(film.stuck), learners, replace=False)
        order = rng.permuted(np.tile(np.arange(PARTS), (learners, 1)), axis=1)
        deeds = np.take_along_axis(film.deeds[rows], order[..., None], axis=1)
        stuck = np.take_along_axis(film.stuck[rows], order, axis=1)
        kinds = describe_film(deeds, stuck, shape, rng)
        if world.startswith("half"):
            kinds = [_stop_half(kind, rng) for kind in kinds]
        alarms.append(float(any(each.is_unusual for each in order_parts(kinds, FLOOR))))
    return rate_over_films(np.array(alarms), np.arange(draws) % len(films))


def describe_film(
    deeds: NDArray[np.int64],
    stuck: NDArray[np.int64],
    shape: LessonShape,
    rng: np.random.Generator,
) -> list[PartKind]:
    """Return what learners did in deeds (L, P, 5), as the lesson map counts it.

    A pool has presses of "I'm stuck" by part: they are divided by time between its chapter and its
    question. Of several tries at a question, one at random is taken for the first.
    """
    count = {name: deeds[..., n].astype(np.float64) for n, name in enumerate(DEEDS)}
    in_film = rng.binomial(stuck, shape.chapter_s / (shape.chapter_s + shape.question_s))
    tries = count["wrong"] + count["right"]
    share = np.divide(count["wrong"], tries, out=np.zeros_like(tries), where=tries > 0)
    tried = (tries > 0).astype(np.float64)
    seconds = np.full(stuck.shape, float(shape.chapter_s))
    chapters = {
        "replayed": PartCounts(count["rewind"], seconds),
        "stuck": PartCounts(in_film.astype(np.float64), seconds),
    }
    questions = {
        "wrong": PartCounts((rng.random(share.shape) < share) * tried, tried, is_share=True),
        "hints": PartCounts(count["hint"], tried),
        "stuck": PartCounts((stuck - in_film).astype(np.float64), np.ones(stuck.shape)),
    }
    return [_name(chapters, "c"), _name(questions, "q")]


def _name(sources: dict[str, PartCounts], letter: str) -> PartKind:
    return PartKind(tuple(f"{letter}{part}" for part in range(PARTS)), sources)


def _stop_half(kind: PartKind, rng: np.random.Generator) -> PartKind:
    """Return the kind where every second learner stops early; of questions they reach none."""
    is_chapter = kind.keys[0].startswith("c")
    people = len(next(iter(kind.sources.values())).among)
    last = rng.choice(STOPS_AFTER, people) if is_chapter else np.zeros(people, np.int64)
    gone = (np.arange(people) % 2 == 0)[:, None] & (np.arange(PARTS) >= last[:, None])
    return PartKind(
        kind.keys,
        {
            name: PartCounts(
                np.where(gone, 0.0, each.counts), np.where(gone, 0.0, each.among), each.is_share
            )
            for name, each in kind.sources.items()
        },
    )
