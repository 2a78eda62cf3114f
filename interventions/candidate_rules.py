"""Selection of rules that a moment can change: those in progress or whose condition may hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from interventions.compiled_conditions import collect_known_values
from interventions.facts import Facts
from interventions.rule_state import EngineState
from interventions.rules import Rule


def select_candidate_rules(
    rules: Sequence[Rule], facts: Facts, states: Mapping[str, EngineState]
) -> list[Rule]:
    """Return the rules that may change: idle ones whose condition cannot hold are left out."""
    values = collect_known_values(facts, [rule.program for rule in rules])
    return [
        rule for rule in rules if _is_in_progress(rule, states) or rule.program.may_hold(values)
    ]


def _is_in_progress(rule: Rule, states: Mapping[str, EngineState]) -> bool:
    state = states.get(rule.id)
    return state is not None and state.phase != "idle"
