"""How often each rule would interrupt simulated lessons, and how often at the right time.

Real rules in the real engine, each alone and then all together, compared with a simple threshold:
it acts whenever a guess exceeds one half. All is simulated, so the figures compare strategies, not
detectors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from emotion.benchmarks.policy.interruption_facts import Acts, collect_acts
from emotion.simulate import lessons
from emotion.simulate.lessons import PASSING, WINDOW_S, SimulatedHour
from interventions import catalogue, engine
from interventions.conditions import walk_comparisons
from interventions.facts import Fact, Facts
from interventions.rule_state import EngineState
from interventions.rules import Rule
from interventions.signals import SIGNALS

AUCS: Final = (0.77, 0.89, 0.98)
HOP: Final = 2
LEARNERS: Final = 100
QUICK: Final = 2
PROTOCOL: Final = (
    "rules: {} simulated hours of lessons, each rule alone and all together in the real engine, "
    "beside acting each time a guess goes over one half; precision: share of offers inside trouble "
    "(or boredom) that lasts over 30 s, false help: the other offers an hour"
)
BEGAN: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
QUALITY: Final = 0.9


@dataclass
class OfferTally:
    """Counts over lessons: hours, offers, offers in time, and stretches found of those that
    exist.
    """

    hours: int = 0
    fires: int = 0
    inside: int = 0
    passing: int = 0
    stretches: int = 0
    found: int = 0

    def add(self, lesson: SimulatedHour, fires: Sequence[int], what: str) -> None:
        """Count one lesson's offers, given as windows."""
        stretch = lesson.boredom if what == "boredom" else lesson.trouble
        hit = stretch[list(fires)]
        self.hours += 1
        self.fires += len(fires)
        self.inside += int((hit >= 0).sum())
        self.passing += int((lesson.states[list(fires)] == PASSING).sum())
        self.stretches += lesson.stretches[what]
        self.found += len(set(hit[hit >= 0].tolist()))

    def figures(self, *, judged: bool) -> dict[str, float | None]:
        """Return offers per hour and, for a rule with a purpose, their precision and recall."""
        shares = (self.inside, self.passing) if judged and self.fires else (None, None)
        precision, passing = (None if n is None else n / self.fires for n in shares)
        recall = self.found / self.stretches if judged and self.stretches else None
        return {
            "fires_h": self.fires / self.hours,
            "false_help_h": (self.fires - self.inside) / self.hours if judged else None,
            "precision": precision,
            "on_passing_confusion": passing,
            "recall": recall,
        }


def make_rows(
    learners: int, seed: int, say: Callable[[str], None] = lambda _: None
) -> list[dict[str, object]]:
    """Return a row for each rule that offers and each detector, and one for all rules together."""
    rules = {rule.id: rule for rule in catalogue.load()}
    drawn = [_draw_case(n, seed) for n in range(learners)]
    found: list[dict[str, object]] = []
    for name, rule in rules.items():
        if rule.step:
            say(f"interruptions: {name}")
            aucs = AUCS if _uses_guess(rule) else (None,)
            found += [_make_row(name, [rule], drawn, auc, rule.meant_for) for auc in aucs]
    say("interruptions: all rules")
    every = list(rules.values())
    return found + [_make_row("all rules", every, drawn, auc, "") for auc in AUCS]


@dataclass(frozen=True, slots=True)
class LessonCase:
    """One learner's lesson, its known acts, and each detector's guesses."""

    lesson: SimulatedHour
    doings: Sequence[Acts]
    guesses: Mapping[float, Mapping[str, NDArray[np.float64]]]


def _draw_case(number: int, seed: int) -> LessonCase:
    lesson = lessons.draw_lesson(np.random.default_rng([seed, number]))
    guesses = {
        auc: lessons.simulate_guesses(lesson, auc, np.random.default_rng([seed, number, place]))
        for place, auc in enumerate(AUCS)
    }
    return LessonCase(
        lesson, collect_acts(lesson, np.random.default_rng([seed, number, 9]), HOP), guesses
    )


def _make_row(
    name: str, rules: Sequence[Rule], drawn: Sequence[LessonCase], auc: float | None, meant_for: str
) -> dict[str, object]:
    """Return the figures of rules; without `meant_for`, only the rate is reported."""
    ours, naive = OfferTally(), OfferTally()
    judged, what = bool(meant_for), meant_for or "trouble"
    # The simple threshold acts on the first guess that the rule reads.
    label = _list_guesses(rules[0])[0] if judged and auc else "confusion"
    for each in drawn:
        guesses = each.guesses[auc] if auc else {}
        ours.add(each.lesson, _run_rules(rules, each, guesses), what)
        if auc:
            naive.add(each.lesson, _find_crossings(guesses[label]), what)
    beside = naive.figures(judged=judged) if auc and judged else {}
    return {
        "rule": name,
        "meant_for": meant_for or None,
        "auc": auc,
        **ours.figures(judged=judged),
        **{f"naive_{key}": value for key, value in beside.items()},
    }


def _run_rules(
    rules: Sequence[Rule], drawn: LessonCase, guesses: Mapping[str, NDArray[np.float64]]
) -> list[int]:
    """Return the windows in which the rules would have offered or changed something."""
    read = set().union(*(find_signals(rule) for rule in rules))
    smooth = {name: lessons.smooth(row) for name, row in guesses.items() if name in read}
    states: Mapping[str, EngineState] = {}
    fires, said = [], dict.fromkeys((rule.id for rule in rules), 0)
    for place, done in enumerate(drawn.doings):
        window = place * HOP
        facts: Facts = {
            **{name: make_fact(name, done[name]) for name in read if name in done},
            **{name: _make_guess(float(row[window])) for name, row in smooth.items()},
        }
        now = BEGAN + timedelta(seconds=window * WINDOW_S)
        made = engine.evaluate(facts, rules, states, now, on_skill=said)
        states = made.states
        for proposal in made.proposals:
            fires.append(window)
            said[proposal.id] += 1
    return fires


def _find_crossings(chances: NDArray[np.float64]) -> list[int]:
    over = chances > 0.5
    return [int(window) for window in np.flatnonzero(over[1:] & ~over[:-1]) + 1]


def find_signals(rule: Rule) -> set[str]:
    named = {leaf.signal for leaf, _ in walk_comparisons(rule.when)}
    return named | {leaf.signal for leaf in rule.contraindications}


def _uses_guess(rule: Rule) -> bool:
    return bool(_list_guesses(rule))


def _list_guesses(rule: Rule) -> list[str]:
    read = [leaf.signal for leaf, _ in walk_comparisons(rule.when)]
    return [name for name in read if SIGNALS[name].biometric]


@lru_cache(maxsize=4096)
def make_fact(name: str, value: bool | float | str) -> Fact:
    return Fact(value, source="self" if name.startswith("self_") else "course")


def _make_guess(chance: float) -> Fact:
    # A rule may require a model trained on people; the simulated detector replaces one.
    return Fact(chance, 0.0, "sensed", QUALITY, ("simulated",), origin="people")
