"""Selection of the rules that a moment can change: those in progress or whose condition may hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from interventions.compiled_conditions import known
from interventions.facts import Facts
from interventions.rule_state import State
from interventions.rules import Rule


def awake(rules: Sequence[Rule], facts: Facts, states: Mapping[str, State]) -> list[Rule]:
    """Return the rules without idle ones whose condition cannot hold, since these would not change."""
    values = known(facts, [rule.program for rule in rules])
    return [rule for rule in rules if _under_way(rule, states) or rule.program.may_hold(values)]


def _under_way(rule: Rule, states: Mapping[str, State]) -> bool:
    state = states.get(rule.id)
    return state is not None and state.phase != "idle"
