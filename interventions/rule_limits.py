"""Thresholds of a rule's comparisons: to enter and to stay, and the rates that a model turns into
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from interventions.conditions import Cmp
from interventions.json_reader import Node
from interventions.signals import SIGNALS

# No offer is made in a graded test, so no rule has thresholds for one.
SCENARIOS: Final = ("course", "practice_test", "discussion")
RISING: Final = (">=", ">")
# A model's rates are measured on hours of simulated people; rarer ones would be chance.
LEAST_RATE: Final = 0.25
HIGHEST_RATE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds by signal: to `enter` a rule's condition, and the easier ones to stay in it.

    `per_hour` has the rate of an estimate that the model in use turns into its threshold.
    """

    enter: Mapping[str, float]
    exit: Mapping[str, float]
    per_hour: Mapping[str, float]


def read_limits(node: Node) -> Limits:
    """Read the thresholds of a rule, or of one of its scenarios."""
    rates = node.member("per_hour", {})
    numbers = {
        name: rates.member(name).number(LEAST_RATE, HIGHEST_RATE) for name in rates.entries()
    }
    enter, leave = (_read_thresholds(node.member(key)) for key in ("enter", "exit"))
    return Limits(enter, leave, MappingProxyType(numbers))


def read_scenarios(node: Node) -> Mapping[str, Limits]:
    """Read the thresholds that replace a rule's own, by scenario of the course."""
    rows = {name: node.member(name) for name in node.entries()}
    for name, row in rows.items():
        if name not in SCENARIOS:
            raise row.error(f"expected one of {', '.join(SCENARIOS)}, got {name!r}")
        row.require_keys(frozenset({"enter", "exit"}), frozenset({"per_hour"}))
    return MappingProxyType({name: read_limits(row) for name, row in rows.items()})


def check_limits(limits: Limits, used: list[Cmp], node: Node) -> None:
    """Raise RuleError if thresholds or rates do not fit the comparisons that use them."""
    for key, given in (("enter", limits.enter), ("exit", limits.exit)):
        if set(given) != {leaf.signal for leaf in used}:
            raise node.member(key).error("expected one number for each signal with a threshold")
    for leaf in used:
        gap = limits.enter[leaf.signal] - limits.exit[leaf.signal]
        if leaf.op == "==" or (gap < 0 if leaf.op in RISING else gap > 0):
            raise (
                node.member("exit").member(leaf.signal).error("expected it to be easier than enter")
            )
    rising = {leaf.signal for leaf in used if leaf.op in RISING}
    if strange := limits.per_hour.keys() - rising:
        raise node.member("per_hour").error(
            f"expected signals that are at least a threshold, got {min(strange)!r}"
        )


def _read_thresholds(node: Node) -> Mapping[str, float]:
    rows = {name: node.member(name) for name in node.entries()}
    for name, row in rows.items():
        if name not in SIGNALS or SIGNALS[name].type != "number":
            raise row.error(f"expected a signal that is a number, got {name!r}")
    return MappingProxyType({name: row.number(0, 86_400) for name, row in rows.items()})
