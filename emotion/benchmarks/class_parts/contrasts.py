"""Contrasts of a pool's learners, with deeds from one world and streams from another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from emotion.benchmarks.class_parts.pool import DEEDS, FilmPool, PoolPlan
from emotion.lesson_parts.evidence import Array
from emotion.lesson_parts.sources import (
    LAG_S,
    Key,
    LessonDeeds,
    LessonWindows,
    Usual,
    make_contrasts,
    measure_usual,
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
    """One film: where its plant is, and its learners' contrasts (L, P) by axis and source."""

    part: int
    contrasts: Mapping[Key, Array]


def score_pool(
    pool: Sequence[FilmPool], labels: tuple[str, ...], plan: PoolPlan
) -> list[dict[Key, Array]]:
    """Return each film's scores of deeds, reports and Estimates."""
    return [
        {
            **score_deeds(_read_deeds(film, plan)),
            **score_estimates(_read_windows(film, labels, plan)),
        }
        for film in pool
    ]


def measure_drift(plain: Sequence[Mapping[Key, Array]]) -> list[Usual]:
    """Return for each film what is usual, from the plain lessons of the other films."""
    return [
        measure_usual([*plain[:film], *plain[film + 1 :]] or plain) for film in range(len(plain))
    ]


def contrast_pool(
    pool: Sequence[FilmPool], scores: Sequence[Mapping[Key, Array]], usual: Sequence[Usual]
) -> list[FilmContrasts]:
    """Return each film's contrasts."""
    return [
        FilmContrasts(film.part, make_contrasts(found, drift))
        for film, found, drift in zip(pool, scores, usual, strict=True)
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


def _read_deeds(film: FilmPool, plan: PoolPlan) -> LessonDeeds:
    count = {name: film.deeds[..., n].astype(np.float64) for n, name in enumerate(DEEDS)}
    return LessonDeeds(
        rewinds=count["rewind"],
        pauses=count["pause"],
        hints=count["hint"],
        wrong=count["wrong"],
        answers=count["wrong"] + count["right"],
        stuck=film.stuck.astype(np.float64),
        film_s=np.full(PARTS, float(plan.shape.chapter_s)),
        question_s=np.full(PARTS, float(plan.shape.question_s)),
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
