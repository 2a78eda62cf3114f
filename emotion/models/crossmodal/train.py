"""The theoretical prior: a network trained on simulated learners, with figures on unseen ones.

It expresses theory and assumptions about affect and behaviour; it was never trained on people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from emotion.artefacts import Weights
from emotion.calibration.temperature import abstain_below, fit_temperature, softmax
from emotion.evaluation.metrics.probability import auroc, score_ranking
from emotion.evaluation.splits import refuse_shared_people
from emotion.features.batch import Standard, measure_standard, standardise
from emotion.features.window import NAMES, STREAMS
from emotion.labels import AFFECTS
from emotion.models.crossmodal import prior_card
from emotion.models.crossmodal.acting_rates import measure_rates
from emotion.models.crossmodal.fit import fit, logits
from emotion.models.crossmodal.network import Config
from emotion.models.crossmodal.trained_prior import Labels, PriorRecipe, TrainedPrior
from emotion.simulate import effects as coefficients
from emotion.simulate.cohort import Plan, World, cut_series, iterate_recordings
from emotion.training import sequence_fit
from emotion.training.checkpoint import Checkpoint, Work
from emotion.training.example_table import (
    ExampleTable,
    Say,
    join_tables,
    make_table,
    simulate_table,
)

# Code of the first person of those whose rates are measured; no other set reaches it.
HOURS_FIRST = 1_000_000
# A state is given only if its AUC on the people who tune is above this, with its interval.
LEAST_AUC = 0.55

Array = NDArray[np.float64]
Side = Literal["train", "valid", "test"]


@dataclass(frozen=True, slots=True)
class SimulatedWorld:
    """A world that people are drawn from.

    Attributes
    ----------
    size : float
        Times as large as assumed is every effect of a state; 0 = states leave no trace.
    pull : float
        How far a film's content moves the states; 0 = not at all.
    form : {"additive", "event_locked"}
    """

    size: float = 1.0
    pull: float = 1.0
    form: World = "additive"


# States leave no trace, and neither film nor deeds say anything of them.
NO_SIGNAL = SimulatedWorld(size=0.0, pull=0.0)
NO_PULL = SimulatedWorld(pull=0.0)


def prior_config(inputs: Sequence[str] = STREAMS, classes: int = len(AFFECTS)) -> Config:
    """Return our configuration: 64 wide, four heads, a linear path."""
    return Config({name: len(NAMES[name]) for name in inputs}, classes=classes, linear=True)


def train(
    recipe: PriorRecipe, *, say: Say, work: Work | None = None
) -> tuple[dict[str, Any], Weights]:
    """Train the prior, evaluate it on unseen simulated people, return its card and weights."""
    say("simulating people who learn, who tune and who test")
    groups = draw_cohorts(recipe, SimulatedWorld(), recipe.groups)
    learned = learn_given(groups, recipe, say=say, work=work)
    figures = prior_card.measure(learned, select_labels(groups, learned.labels), recipe.seed)
    figures |= measure_worlds(learned, recipe, say)
    figures |= measure_controls(recipe, learned.labels, say=say, work=work)
    say("measuring how often an hour each state is seen")
    rates = measure_rates(learned.labels, iterate_hours(learned, recipe))
    return prior_card.make_card(learned, recipe, figures, rates), collect_weights(learned)


def iterate_hours(
    learned: TrainedPrior, recipe: PriorRecipe
) -> Iterator[tuple[Array, NDArray[np.int64]]]:
    """Yield probabilities (T, K) and states (T,) of each recording of people in no other set.

    Probabilities are 0 where the model abstains.
    """
    plan = Plan(recipe.group * recipe.valid, coefficients.load(), complete=True, first=HOURS_FIRST)
    for recording in iterate_recordings(plan, rng=np.random.default_rng([recipe.seed, 7])):
        table = make_table(list(cut_series(recording)), AFFECTS)
        proba = learned.proba(table)
        sure = proba.max(axis=1, keepdims=True) >= learned.threshold
        yield np.where(sure, proba, 0.0), table.labels


def learn_given(
    groups: Mapping[str, ExampleTable], recipe: PriorRecipe, *, say: Say, work: Work | None = None
) -> TrainedPrior:
    """Return a prior of the states that it can tell apart, on the people who tune.

    It is trained on all states first, and again without those that are not above `LEAST_AUC`.
    """
    labels: Labels = AFFECTS
    while True:
        own = select_labels(groups, labels)
        at = work.stage(f"prior_{len(labels)}") if work else None
        learned = learn(own["train"], own["valid"], labels, recipe, say=say, kept_at=at)
        given = find_given(learned, own["valid"], recipe.seed)
        if given in (labels, ()):
            return learned
        say(f"training again without {', '.join(sorted(set(labels) - set(given)))}")
        labels = given


def find_given(learned: TrainedPrior, valid: ExampleTable, seed: int) -> Labels:
    """Return the states whose AUC, one against the rest, is above `LEAST_AUC` with its interval."""
    proba, rng = learned.proba(valid), np.random.default_rng(seed)
    _, each = score_ranking(auroc, proba, valid.labels, valid.people, rng=rng)
    known = zip(learned.labels, each, strict=True)
    return tuple(label for label, found in known if found.lo > LEAST_AUC)


def draw_cohorts(
    recipe: PriorRecipe, world: SimulatedWorld, groups: int
) -> dict[str, ExampleTable]:
    """Draw training, validation and test people; no person or video is in two of them."""
    sizes: dict[Side, int] = {"train": groups, "valid": recipe.valid, "test": recipe.test}
    tables: dict[str, ExampleTable] = {}
    first = 0
    for side, count in sizes.items():
        tables[side] = draw_table(recipe, world, side, range(first, first + count))
        first += count
    refuse_shared_people(*(table.people for table in tables.values()))
    return tables


def draw_table(
    recipe: PriorRecipe, world: SimulatedWorld, side: Side, groups: Iterable[int]
) -> ExampleTable:
    """Draw groups of recordings with all states, each from a generator of its own."""
    counts = coefficients.load().count_labels()
    key = [recipe.seed, round(world.size * 10), round(world.pull * 10)]
    return join_tables(
        [
            simulate_table(
                [plan_group(recipe, world, side, group)],
                AFFECTS,
                rng=np.random.default_rng([*key, group]),
                counts=counts,
            )
            for group in groups
        ]
    )


def plan_group(recipe: PriorRecipe, world: SimulatedWorld, side: Side, group: int) -> Plan:
    """Return the plan of a group.

    Of every `plain_every`-th group that teaches or tunes only the streams of the former prior are
    known, from a perfect tracker: the prior must do as well where that is all there is. For
    training, films are drawn again for each person, as the prior must not know them.
    """
    return Plan(
        recipe.group,
        coefficients.load().scale_effects(world.size),
        world=world.form,
        first=recipe.group * group,
        complete=side == "test" or (group + 1) % recipe.plain_every > 0,
        pull=world.pull,
        deeds=world.size,
        redraw_films=side == "train",
    )


def select_labels(groups: Mapping[str, ExampleTable], labels: Labels) -> dict[str, ExampleTable]:
    """Return the rows with one of `labels`, as indices into them."""
    return {side: _select_labels(table, labels) for side, table in groups.items()}


def _select_labels(table: ExampleTable, labels: Labels) -> ExampleTable:
    place = np.array([labels.index(a) if a in labels else -1 for a in AFFECTS], np.int64)
    found = place[table.labels]
    kept = np.flatnonzero(found >= 0)
    return ExampleTable(table.batch.rows(kept), found[kept], table.people[kept], table.videos[kept])


def learn(
    train: ExampleTable,
    valid: ExampleTable,
    labels: Labels,
    recipe: PriorRecipe,
    *,
    say: Say,
    kept_at: Checkpoint | None = None,
) -> TrainedPrior:
    """Fit standards and weights on `train`, temperature and threshold on `valid`."""
    refuse_shared_people(train.people, valid.people)
    standards = {
        name: measure_standard(train.batch.values[name], train.batch.masks[name])
        for name in recipe.inputs
    }
    ours, theirs = _standardise(train, standards), _standardise(valid, standards)
    say(f"fitting on {len(train.labels)} Windows, stopping by {len(valid.labels)}")
    config = prior_config(recipe.inputs, len(labels))
    network = fit(config, ours, theirs, recipe.schedule, seed=recipe.seed, say=say, kept_at=kept_at)
    found = logits(network, theirs.batch)
    heat = fit_temperature(found, valid.labels)
    threshold = abstain_below(softmax(found, heat), recipe.coverage)
    return TrainedPrior(network, labels, standards, heat, threshold)


def measure_worlds(learned: TrainedPrior, recipe: PriorRecipe, say: Say) -> dict[str, Any]:
    """Return macro-F1 of the same weights where effects are of another size or form."""
    found = {}
    for name, world in OTHER_WORLDS.items():
        say(f"testing in another world: {name}")
        table = _select_labels(
            draw_table(recipe, world, "test", range(recipe.test)), learned.labels
        )
        found[f"macro_f1_{name}"] = prior_card.score_macro_f1(learned, table, recipe.seed)
    return found


def measure_controls(
    recipe: PriorRecipe, labels: Labels, *, say: Say, work: Work | None = None
) -> dict[str, Any]:
    """Train and test the same way where there is nothing to learn.

    Without any signal accuracy must be at chance. Where a film's content moves no state, video
    semantics must add nothing.
    """
    found: dict[str, Any] = {}
    for name, world in CONTROLS.items():
        say(f"training once more in a control world: {name}")
        groups = select_labels(draw_cohorts(recipe, world, recipe.quiet_groups), labels)
        at = work.stage(name) if work else None
        learned = learn(groups["train"], groups["valid"], labels, recipe, say=say, kept_at=at)
        found |= prior_card.measure_control(name, learned, groups["test"], recipe.seed)
    return found


def collect_weights(learned: TrainedPrior) -> Weights:
    """Return the tensors of network and standards, float32."""
    return sequence_fit.collect_weights(learned.network, learned.standards)


def _standardise(table: ExampleTable, standards: Mapping[str, Standard]) -> ExampleTable:
    return ExampleTable(
        standardise(table.batch, standards), table.labels, table.people, table.videos
    )


OTHER_WORLDS = {
    "effects_times_0.5": SimulatedWorld(size=0.5),
    "effects_times_1.5": SimulatedWorld(size=1.5),
    "event_locked": SimulatedWorld(form="event_locked"),
    "content_moves_nothing": NO_PULL,
}
CONTROLS = {"zero_signal": NO_SIGNAL, "content_moves_nothing": NO_PULL}
