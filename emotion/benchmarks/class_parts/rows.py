"""The worlds of `benchmark class`, and its rows in order: plants, nulls, controls, goals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion.benchmarks.class_parts.contrasts import (
    FilmContrasts,
    contrast_pool,
    mix_worlds,
    permute_parts,
)
from emotion.benchmarks.class_parts.draws import (
    ClassPlan,
    count_first,
    draw_classes,
    estimate_draws,
    shuffle_parts,
)
from emotion.benchmarks.class_parts.figures import (
    WITHOUT_SENSING,
    Measured,
    Row,
    list_rows,
    measure,
    rate_over_films,
    state_goal,
)
from emotion.benchmarks.class_parts.pool import FilmPool, PoolPlan, PoolWorld, load_pool
from emotion.lesson_parts.sources import AXES, POOLED

if TYPE_CHECKING:
    from emotion.models import Predictor

Say = Callable[[str], None]
CLASSES: Final = (12, 30, 100)
CONSENTS: Final = (0.0, 0.3, 0.7, 1.0)
LESSONS: Final = (2, 4)
# Share of the draws for rows that no goal is about.
FEWER: Final = 4
GOAL: Final = ClassPlan()
PLANTS: Final = ("deeds only", "sensing only", "both")
LEAST_TOP1: Final = {"both": 0.9, "sensing only": 0.6}
HOLDS: Final = (0.77, 0.83)
MOST_ALARMS: Final = 0.05
MOST_BY_CHANCE: Final = 0.15
# Random orders of all learners' parts; each is drawn from as a film is.
COPIES: Final = 40
# Films of the control whose text alone differs.
TEXT_FILMS: Final = 4
# Times the constant that is taken off, where what time on task does to people is another.
DRIFTS: Final = (0.0, 2.0)


@dataclass(frozen=True, slots=True, eq=False)
class Worlds:
    """Contrasts of the pools: with nothing planted, with plants, and with a text alone.

    `drifted` has those of no plant and of size 1, by kind and `DRIFTS`. `deeds` has the pools
    themselves, with nothing planted and with a hard part of size 1.
    """

    plain: Sequence[FilmContrasts]
    planted: Mapping[tuple[str, float], Sequence[FilmContrasts]]
    texts: Mapping[str, Sequence[FilmContrasts]]
    drifted: Mapping[tuple[str, float], Sequence[FilmContrasts]]
    deeds: tuple[Sequence[FilmPool], Sequence[FilmPool]]


def load_worlds(
    predictor: Predictor, folder: Path, sizes: Sequence[float], plan: PoolPlan, say: Say
) -> Worlds:
    """Return the contrasts of all pools; the folder keeps what was simulated."""

    def contrast(
        world: PoolWorld, most: int = plan.films, drift: float = 1.0
    ) -> list[FilmContrasts]:
        some = replace(plan, films=min(most, plan.films))
        pool = load_pool(folder, predictor, world, some, say)
        return contrast_pool(pool, predictor.labels, plan, drift=drift)

    unlike = [PoolWorld(), *(PoolWorld(kind, 1.0) for kind in AXES)]
    return Worlds(
        contrast(PoolWorld()),
        {(kind, n): contrast(PoolWorld(kind, n)) for n in sizes for kind in AXES},
        {text: contrast(PoolWorld("hard", 1.0, text), TEXT_FILMS) for text in ("shown", "masked")},
        {(each.kind, n): contrast(each, drift=n) for each in unlike for n in DRIFTS},
        (
            load_pool(folder, predictor, PoolWorld(), plan, say),
            load_pool(folder, predictor, PoolWorld("hard", 1.0), plan, say),
        ),
    )


def make_rows(worlds: Worlds, draws: int, seed: int, say: Say) -> Iterator[Row]:
    """Yield all rows; the goals come last."""
    goals: list[Row] = []
    for (kind, size), planted in worlds.planted.items():
        for trace in PLANTS:
            say(f"drawing classes: {kind} part of size {size:g}, {trace}")
            films = mix_worlds(planted, worlds.plain, trace)
            told: Row = {"kind": kind, "size": size, "trace": trace}
            measured = measure(films, kind, GOAL, draws, (seed, 1), coverage=True)
            yield from list_rows(measured, told, GOAL)
            yield _count_other_axis(films, told, draws, seed)
            if size == 1.0:
                goals += _list_goals(measured, f"{kind} part, {trace}", LEAST_TOP1.get(trace))
                yield from _vary_classes(films, told, draws // FEWER, seed)
    say("drawing classes: nothing planted")
    yield from _count_alarms(worlds.plain, draws, seed, goals)
    goals.append(_permute_alarms(worlds.plain, draws, seed))
    yield from _try_controls(worlds, draws, seed, goals)
    yield from _try_drifts(worlds, draws, seed)
    yield from goals


def _vary_classes(
    films: Sequence[FilmContrasts], told: Row, draws: int, seed: int
) -> Iterator[Row]:
    """Yield rows of other classes, other shares, no noise, and several lessons."""
    plans = [ClassPlan(learners, consent) for learners in CLASSES for consent in CONSENTS]
    plans += [ClassPlan(noise=False), *(ClassPlan(lessons=n) for n in LESSONS)]
    for plan in plans:
        if plan == GOAL:
            continue
        if not fits_pool(plan, films):
            yield _miss_row(told, plan)
        else:
            kind, coverage = str(told["kind"]), plan.consent == GOAL.consent and plan.lessons == 1
            measured = measure(films, kind, plan, draws, (seed, 2), coverage=coverage)
            yield from list_rows(measured, told, plan)


def _miss_row(told: Row, plan: ClassPlan) -> Row:
    """Return the row of a class that the pool cannot fill."""
    size: Row = {"learners": plan.learners, "consent": plan.consent, "lessons": plan.lessons}
    return {**told, **size, "not measured": "the pool has too few learners a film"}


def _count_other_axis(films: Sequence[FilmContrasts], told: Row, draws: int, seed: int) -> Row:
    """Return the row of verdicts on the axis on which nothing is planted."""
    (axis,) = set(AXES) - {str(told["kind"])}
    classes = draw_classes(films, GOAL, draws, (seed, 1))
    alarm = estimate_draws(classes, films, axis, POOLED).alarm
    which = np.array([each.film for each in classes])
    return {**told, "axis": axis, "estimator": "all", "alarm": rate_over_films(alarm, which)}


def fits_pool(plan: ClassPlan, films: Sequence[FilmContrasts]) -> bool:
    """Return whether the films have learners enough that no class has the same one twice.

    Else what differs in the pool by chance looks like a difference between parts.
    """
    least = min(len(found) for film in films for found in film.contrasts.values())
    return plan.lessons * plan.learners <= least


def _list_goals(measured: Measured, name: str, least: float | None) -> Iterator[Row]:
    """Yield the goals of one world at size 1, and what sensing added."""
    gain = measured.gain("deeds")
    limit = ">= 0, by the point estimate"
    yield state_goal(f"{name}: all not under deeds", gain, limit, met=gain[0] >= 0)
    yield {
        "finding": f"{name}: what sensing added to the top-1 of deeds and reports",
        "figure": measured.gain(WITHOUT_SENSING),
    }
    if least is not None:
        top1 = measured.rate("all", "top1")
        yield state_goal(f"{name}: top-1", top1, f">= {least}", met=top1[0] >= least)
    low, high = HOLDS
    for figure, where in (("covered", "all parts"), ("covered_planted", "the planted part")):
        covered = measured.rate("all", figure)
        met = low <= covered[0] <= high
        yield state_goal(f"{name}: coverage, {where}", covered, f"{low} to {high}", met=met)


def _count_alarms(
    films: Sequence[FilmContrasts], draws: int, seed: int, goals: list[Row]
) -> Iterator[Row]:
    """Yield the rows where nothing is planted, and add their goal."""
    told: Row = {"kind": "nothing", "size": 0.0, "trace": "nothing"}
    for plan in (ClassPlan(learners, share) for learners in CLASSES for share in CONSENTS):
        if plan != GOAL and not fits_pool(plan, films):
            yield _miss_row(told, plan)
            continue
        alarms = []
        for axis in AXES:
            measured = measure(films, axis, plan, draws, (seed, 3), coverage=plan == GOAL)
            alarms.append(measured.found["all"].alarm)
            yield from list_rows(measured, {**told, "axis": axis}, plan)
        either = rate_over_films(np.any(alarms, axis=0).astype(np.float64), measured.films)
        size = {"learners": plan.learners, "consent": plan.consent}
        yield {**told, **size, "alarm_on_any_axis": either}
        if plan == GOAL:
            goal = "nothing planted: false alarms, both axes together"
            met = either[0] <= MOST_ALARMS
            goals.append(state_goal(goal, either, f"<= {MOST_ALARMS}", met=met))


def _permute_alarms(films: Sequence[FilmContrasts], draws: int, seed: int) -> Row:
    """Return the goal for false alarms where each learner's parts are in random order.

    Only noise is tested so: what makes the same parts unlike for everybody is gone (their place in
    the lesson, drift, learners who stop early).
    """
    mixed = permute_parts(films, COPIES, (seed, 6))
    classes = draw_classes(mixed, GOAL, draws, (seed, 6))
    alarms = [estimate_draws(classes, mixed, axis, POOLED).alarm for axis in AXES]
    which = np.array([each.film for each in classes])
    either = rate_over_films(np.any(alarms, axis=0).astype(np.float64), which)
    goal = "parts in random order: false alarms, both axes together"
    return state_goal(goal, either, f"<= {MOST_ALARMS}", met=either[0] <= MOST_ALARMS)


def _try_controls(worlds: Worlds, draws: int, seed: int, goals: list[Row]) -> Iterator[Row]:
    """Yield rows with shuffled labels, and where only the film's text differs."""
    for (kind, size), planted in worlds.planted.items():
        films = mix_worlds(planted, worlds.plain, "both")
        classes = shuffle_parts(draw_classes(films, GOAL, draws, (seed, 4)), seed)
        told: Row = {"kind": kind, "size": size, "trace": "both", "control": "labels shuffled"}
        top1 = estimate_draws(classes, films, kind, POOLED).top1
        which = np.array([each.film for each in classes])
        yield {**told, "estimator": "all", "top1": rate_over_films(top1, which)}
    for text, alike in worlds.texts.items():
        told = {"kind": "hard", "size": 1.0, "trace": "text only", "control": f"text {text}"}
        for plan in (GOAL, replace(GOAL, noise=False)):
            measured = measure(alike, "hard", plan, draws, (seed, 5))
            yield from list_rows(measured, told, plan)
            if text == "masked":
                found, most = measured.rate("sensing", "top1"), MOST_BY_CHANCE
                noise = "with" if plan.noise else "without"
                name = f"text alone differs, {noise} noise: top-1 of sensing"
                goals.append(state_goal(name, found, f"<= {most}", met=found[0] <= most))


def _try_drifts(worlds: Worlds, draws: int, seed: int) -> Iterator[Row]:
    """Yield rows of sensing without noise where another slope over the Sitting is taken off."""
    open_plan = replace(GOAL, noise=False)
    for (kind, drift), films in worlds.drifted.items():
        classes = draw_classes(films, open_plan, draws // FEWER, (seed, 7))
        which = np.array([each.film for each in classes])
        for axis in [kind] if kind else AXES:
            found = estimate_draws(classes, films, axis, ["sensing"])
            rates = {"top1": found.top1} if kind else {"alarm": found.alarm}
            yield {
                "kind": kind or "nothing",
                "axis": axis,
                "control": f"drift taken off: {drift:g} times the constant",
                "noise": False,
                "estimator": "sensing",
                **{name: rate_over_films(values, which) for name, values in rates.items()},
                **({} if kind else {"first": count_first(classes, axis, "sensing")}),
            }
