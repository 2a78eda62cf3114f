"""How often an hour each rule acts on a card's estimates, and how often in the state it names.

Real rules in the real engine, each alone, with the card's thresholds. Everything is simulated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion.artefacts import RATES, Card
from emotion.benchmarks.policy.estimated_hours import (
    EstimatedHour,
    estimate_hour,
    iterate_people,
    share_of_time,
)
from emotion.benchmarks.policy.interruptions import BEGAN, QUALITY, find_signals, make_fact
from emotion.labels import AFFECTS, ENGAGED, Affect
from emotion.models.crossmodal.acting_rates import ENGAGED_SIGNAL, add_signals, find_threshold
from interventions import catalogue, engine
from interventions.conditions import walk_comparisons
from interventions.facts import UNKNOWN, Fact, Facts
from interventions.rate_thresholds import set_thresholds
from interventions.rule_state import EngineState
from interventions.rules import Rule

if TYPE_CHECKING:
    from emotion.models import Predictor

HalfHours = dict[tuple[Affect, ...], list[EstimatedHour]]
PEOPLE: Final = 24
QUICK: Final = 1
# Of so many people for each that is needed, those half of the time in a state are taken.
POOL: Final = 6
HALF: Final = (0.4, 0.6)
LEAST_PER_HOUR, MOST_PER_HOUR, TIMES_BASE = 0.5, 4.0, 2.0
STATES: Final[Mapping[str, tuple[Affect, ...]]] = {
    **{label.lower(): (label,) for label in AFFECTS},
    ENGAGED_SIGNAL: tuple(label for label in AFFECTS if label in ENGAGED),
}
MEANT: Final[Mapping[str, tuple[Affect, ...]]] = {
    "trouble": (Affect.CONFUSION, Affect.FRUSTRATION),
    "boredom": (Affect.BOREDOM,),
    "": (),
}
PROTOCOL: Final = (
    "card {}: {} simulated hours, each rule alone in the real engine with the thresholds that the "
    "card has for the rates that the rule states; right: the offers made while the learner is in a "
    "state that the rule names; base: the share of all time in it; half: other learners who are in "
    "it {} to {} of the time; quality of signals .9 and abilities are assumed"
)


def make_rows(
    predictor: Predictor, people: int, seed: int, say: Callable[[str], None]
) -> tuple[list[dict[str, object]], list[EstimatedHour]]:
    """Return a row for each rule that offers and names a state, and the hours of all."""
    rules = [
        rule
        for rule in fit_to_card(catalogue.load(), predictor.card)
        if rule.step and find_states(rule)
    ]
    halves = dict.fromkeys(find_states(rule) for rule in rules if rule.adjust)
    hours, half = _draw_hours(predictor, halves, people, seed, say)
    rows: list[dict[str, object]] = []
    for rule in rules:
        say(f"rules with the card: {rule.id}")
        others = half[find_states(rule)] if rule.adjust else []
        rows.append(_make_row(rule, predictor.labels, hours, others))
    adjusting = {rule.id for rule in rules if rule.adjust}
    return [*rows, *[_make_goal(row) for row in rows if row["rule"] in adjusting]], hours


def fit_to_card(rules: Iterable[Rule], card: Card) -> list[Rule]:
    """Return the rules with the thresholds of a card."""
    find = partial(find_threshold, card.get(RATES, {}))
    return [set_thresholds(rule, find) for rule in rules]


def find_states(rule: Rule) -> tuple[Affect, ...]:
    """Return the states that a rule's estimates name, or else the one it is meant for."""
    named = [leaf.signal for leaf, _ in walk_comparisons(rule.when) if leaf.signal in STATES]
    found = dict.fromkeys(state for name in named for state in STATES[name])
    return tuple(found) or MEANT[rule.meant_for]


def _draw_hours(
    predictor: Predictor,
    halves: Iterable[tuple[Affect, ...]],
    people: int,
    seed: int,
    say: Callable[[str], None],
) -> tuple[list[EstimatedHour], HalfHours]:
    """Return `people` hours, and as many of further people for each state that half is spent in.

    Fewer where too few of `POOL` times as many are in it so often.
    """
    drawn = iterate_people(POOL * people, seed)
    hours = []
    for number, recordings in enumerate(islice(drawn, people)):
        say(f"estimating hour {number + 1} of {people}")
        hours.append(estimate_hour(predictor, recordings, seed))
    half: HalfHours = {states: [] for states in halves}
    for recordings in drawn:
        wanted = [
            found
            for states, found in half.items()
            if len(found) < people
            if HALF[0] <= share_of_time(recordings, states) <= HALF[1]
        ]
        if wanted:
            say(f"estimating hours half spent in a state: {[len(each) for each in half.values()]}")
            hour = estimate_hour(predictor, recordings, seed)
            for found in wanted:
                found.append(hour)
        if all(len(found) == people for found in half.values()):
            break
    return hours, half


def _make_row(
    rule: Rule,
    labels: Sequence[str],
    hours: Sequence[EstimatedHour],
    half: Sequence[EstimatedHour],
) -> dict[str, object]:
    states = find_states(rule)
    return {
        "rule": rule.id,
        "states": ", ".join(state.lower() for state in states),
        "stated_per_hour": dict(rule.per_hour),
        "thresholds": dict(rule.enter),
        **_measure(rule, labels, hours, states, ""),
        **_measure(rule, labels, half, states, "half_"),
    }


def _measure(
    rule: Rule,
    labels: Sequence[str],
    hours: Sequence[EstimatedHour],
    states: Sequence[Affect],
    prefix: str,
) -> dict[str, object]:
    """Return offers an hour, how many are right, and the share of time in the states."""
    runs = [(hour.is_in(states), run_rule(rule, labels, hour)) for hour in hours]
    fired = sum(len(fires) for _, fires in runs)
    right = sum(int(inside[fires].sum()) for inside, fires in runs)
    return {
        f"{prefix}hours": len(runs),
        f"{prefix}fires_h": fired / len(runs) if runs else None,
        f"{prefix}precision": right / fired if fired else None,
        f"{prefix}base": float(np.mean([inside.mean() for inside, _ in runs])) if runs else None,
    }


def _make_goal(row: Mapping[str, object]) -> dict[str, object]:
    """Return whether a rule acts as often and as precisely as it should."""
    rate, precision, base = row["half_fires_h"], row["precision"], row["base"]
    often = isinstance(rate, float) and LEAST_PER_HOUR <= rate <= MOST_PER_HOUR
    precise = (
        isinstance(precision, float) and isinstance(base, float) and precision >= TIMES_BASE * base
    )
    return {
        "card_goal": f"{row['rule']}: {LEAST_PER_HOUR} to {MOST_PER_HOUR:g} an hour for learners "
        f"half of the time in its states; precision at least {TIMES_BASE:g} times the base",
        "half_fires_h": rate,
        "precision": precision,
        "base": base,
        "met": often and precise,
    }


def run_rule(rule: Rule, labels: Sequence[str], hour: EstimatedHour) -> list[int]:
    """Return the moments at which a rule alone would have made an offer."""
    read = find_signals(rule)
    signals = add_signals([Affect(label) for label in labels], hour.proba)
    states: Mapping[str, EngineState] = {}
    fires: list[int] = []
    for place, done in enumerate(hour.acts):
        facts: Facts = {
            **{name: make_fact(name, done[name]) for name in read if name in done},
            **{name: make_estimate(row[place]) for name, row in signals.items() if name in read},
        }
        now = BEGAN + timedelta(seconds=float(hour.ends_s[place]))
        made = engine.evaluate(facts, [rule], states, now, on_skill={rule.id: len(fires)})
        states = made.states
        fires += [place] * len(made.proposals)
    return fires


def make_estimate(chance: float) -> Fact:
    """Return an estimate as a fact; NaN where the card abstained."""
    if np.isnan(chance):
        return Fact(UNKNOWN, source="sensed", quality=QUALITY, absence="unsure")
    return Fact(min(1.0, float(chance)), 0.0, "sensed", QUALITY, ("simulated",), origin="people")
