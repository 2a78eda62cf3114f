"""Contrasts of a pool's learners, with deeds from one world and streams from another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from emotion.benchmarks.class_parts.pool import DEEDS, FilmPool, PoolPlan
from emotion.lesson_parts.evidence import Array
from emotion.lesson_parts.sources import (
    DRIFT_PER_MINUTE,
    LAG_S,
    Key,
    LessonDeeds,
    LessonWindows,
    make_contrasts,
    score_deeds,
    score_estimates,
)
from emotion.simulate.planted_lesson import PARTS

# Where the plant shows: in deeds and reports, and in the streams.
TRACES: Final[Mapping[str, tuple[bool, bool]]] = {
    "deeds only": (True, False),
    "sensing only": (False, True),
    "both": (True, True),
    "nothing": (False, False),
}


@dataclass(frozen=True, slots=True, eq=False)
class FilmContrasts:
    """One film: where its plant is, and its learners' contrasts (L, P) by axis and source.

    NaN where a learner has none.
    """

    part: int
    contrasts: Mapping[Key, Array]


def score_pool(
    pool: Sequence[FilmPool], labels: tuple[str, ...], plan: PoolPlan, *, drift: float = 1.0
) -> list[dict[Key, Array]]:
    """Return each film's scores of deeds, reports and Estimates; `drift`: times the constant."""
    slopes = {axis: drift * each for axis, each in DRIFT_PER_MINUTE.items()}
    return [
        {
            **score_deeds(_read_deeds(film, plan)),
            **score_estimates(_read_windows(film, labels, plan), slopes),
        }
        for film in pool
    ]


def contrast_pool(
    pool: Sequence[FilmPool], labels: tuple[str, ...], plan: PoolPlan, *, drift: float = 1.0
) -> list[FilmContrasts]:
    """Return each film's contrasts; `drift`: times the constant that is taken off."""
    scores = score_pool(pool, labels, plan, drift=drift)
    return [
        FilmContrasts(film.part, make_contrasts(found))
        for film, found in zip(pool, scores, strict=True)
    ]


def mix_worlds(
    planted: Sequence[FilmContrasts], plain: Sequence[FilmContrasts], trace: str
) -> list[FilmContrasts]:
    """Return films whose plant shows only in what `trace` says; learners are the same in both."""
    in_deeds, in_streams = TRACES[trace]
    return [
        FilmContrasts(
            with_plant.part,
            {
                key: (
                    with_plant if (in_streams if key[1] == "sensing" else in_deeds) else without
                ).contrasts[key]
                for key in with_plant.contrasts
            },
        )
        for with_plant, without in zip(planted, plain, strict=True)
    ]


def permute_parts(
    films: Sequence[FilmContrasts], copies: int, seed: Sequence[int]
) -> list[FilmContrasts]:
    """Return copies of all films' learners, each learner's parts in a random order of their own.

    Nothing differs between parts then, not even by what the pool has by chance. Sources keep what
    they have in common.
    """
    everyone = {
        key: np.concatenate([film.contrasts[key] for film in films]) for key in films[0].contrasts
    }
    people = len(next(iter(everyone.values())))
    rng, found = np.random.default_rng(list(seed)), []
    for copy in range(copies):
        order = rng.permuted(np.tile(np.arange(PARTS), (people, 1)), axis=1)
        moved = {key: np.take_along_axis(each, order, axis=1) for key, each in everyone.items()}
        found.append(FilmContrasts(copy % PARTS, moved))
    return found


def _read_deeds(film: FilmPool, plan: PoolPlan) -> LessonDeeds:
    count = {name: film.deeds[..., n].astype(np.float64) for n, name in enumerate(DEEDS)}
    return LessonDeeds(
        rewinds=count["rewind"],
        pauses=count["pause"],
        hints=count["hint"],
        wrong=count["wrong"],
        answers=count["wrong"] + count["right"],
        stuck=film.stuck.astype(np.float64),
        film_s=np.full(film.stuck.shape, float(plan.shape.chapter_s)),
        question_s=np.full(film.stuck.shape, float(plan.shape.question_s)),
    )


def _read_windows(film: FilmPool, labels: tuple[str, ...], plan: PoolPlan) -> LessonWindows:
    phases = plan.starts >= plan.shape.film_s
    before = np.maximum(plan.starts - LAG_S, np.where(phases, plan.shape.film_s, 0.0))
    return LessonWindows(
        proba=film.proba.astype(np.float64),
        abstain=film.abstain,
        labels=labels,
        minutes=plan.starts / 60,
        parts=plan.shape.find_part(before),
        phases=phases.astype(np.int64),
    )
