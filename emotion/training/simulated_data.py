"""Common parts of recipes on simulated learners: the split of people, raw signals, the card."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

import numpy as np

from emotion.models.protocol import ANY_BACKEND
from emotion.simulate import effects as coefficients
from emotion.simulate import surroundings
from emotion.simulate.cohort import (
    GENERATOR,
    Plan,
    SimulatedVideoRecording,
    cut_window,
    iterate_recordings,
)
from emotion.simulate.stream_rows import SOURCE, StreamRows
from emotion.streams import stream
from emotion.training.recipe import WrongRecipe
from emotion.training.sequence_fit import SequenceSchedule
from emotion.windows import Window, cut_track

Example = TypeVar("Example")
# A raw signal's rows, and the time covered by each, s.
Signal = tuple[StreamRows, float]
RARE = 100


@dataclass(frozen=True, slots=True)
class SimulationRecipe:
    """Numbers of simulated people for training, tuning and testing, and the seed; `segments` as in
    a cohort.
    """

    seed: int
    train: int
    valid: int
    test: int
    segments: tuple[int, ...]
    coverage: float
    schedule: SequenceSchedule


def draw_examples(
    recipe: SimulationRecipe,
    examples: Callable[[SimulatedVideoRecording, np.random.Generator], Iterable[Example]],
) -> dict[str, list[Example]]:
    """Draw "train", "valid" and "test"; no person or video is in two of them."""
    effects, rng = coefficients.load(), np.random.default_rng(recipe.seed)
    found, first = {}, 0
    for side, people in (("train", recipe.train), ("valid", recipe.valid), ("test", recipe.test)):
        plan = Plan(people, effects, segments=recipe.segments, first=first, complete=True)
        found[side] = [
            each for one in iterate_recordings(plan, rng=rng) for each in examples(one, rng)
        ]
        first += people
    return found


def refuse_unseen(
    recipe: SimulationRecipe, features: Iterable[Mapping[str, object]], streams: Iterable[str]
) -> None:
    """Raise WrongRecipe if no training person has one of the Streams; `features` by Stream."""
    lost = sorted(set(streams).difference(*features))
    if lost:
        raise WrongRecipe(
            f"train: expected at least {least_people()} people, so that each stream has one, "
            f"got {recipe.train} without a person who has {', '.join(lost)}"
        )


def least_people() -> int:
    """Return how many people are needed so that fewer than one draw in `RARE` lacks a Stream."""
    missing = {**coefficients.load().missing, **surroundings.load().missing}
    rarest = max(missing[name] for name in ("face_refused", "heart_absent", "ppg_absent"))
    return math.ceil(math.log(1 / RARE) / math.log(rarest))


def add_signals(
    recording: SimulatedVideoRecording, signals: Mapping[str, Signal], t0: float, t1: float
) -> Window:
    """Return the Window [t0, t1) s with signals that the cohort generator does not make."""
    seen = cut_window(recording, t0, t1)
    cuts = {
        name: cut_track(stream(name), *rows, t0=t0, t1=t1, backend=SOURCE, period_s=period_s)
        for name, (rows, period_s) in signals.items()
    }
    return replace(seen, streams={**seen.streams, **cuts})


def describe_weakness(what: str, found: Sequence[float], constant: float) -> list[str]:
    """Return a limit if `what`, [value, low, high], is not better than a constant answer."""
    if found[1] > constant:
        return []
    return [
        f"Weak: on simulated people it never saw, its {what}, {found[0]:.3f} "
        f"({found[1]:.3f} to {found[2]:.3f}), is not above the {constant:.3f} of always giving the "
        "commonest answer. It stands beside others to be compared, and claims nothing."
    ]


def make_card(streams: Sequence[str], *, network: Any, **said: Any) -> dict[str, Any]:
    """Return the card of design section 7; `said` has the recipe's own fields."""
    known = {
        name: {
            "channels": [channel.name for channel in stream(name).channels],
            "backends": [ANY_BACKEND],
        }
        for name in streams
    }
    return {
        "origin": SOURCE,
        "streams": known,
        "network": asdict(network),
        "data": f"effects.json {coefficients.digest()}, generator {GENERATOR}",
        **said,
    }
