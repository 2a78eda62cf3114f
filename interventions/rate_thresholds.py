"""Thresholds of rules from the rates that they state, for the model in use.

Another model gives other probabilities for the same feelings. A rule therefore states how often an
hour an estimate should reach its threshold, and how often it must be right then. The model's card
says which threshold that is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from interventions.rule_limits import Limits
from interventions.rules import Rule

# From signal, rate an hour, dwell (s) and precision to threshold; KeyError for one without rates.
FindThreshold = Callable[[str, float, float, float], float]


def set_thresholds(rule: Rule, find: FindThreshold) -> Rule:
    """Return the rule with this model's thresholds, in each scenario, for the rates it states.

    A signal without a rate, or one that the model has no rates of, keeps the number of the rule. An
    estimate that stays at the threshold for the dwell is as rare as stated, so the same threshold
    holds while the rule waits.
    """
    if not any(each.per_hour for each in (rule.limits(""), *rule.scenarios.values())):
        return rule
    usual = _find_limits(rule.limits(""), rule, find)
    scenarios = {name: _find_limits(limits, rule, find) for name, limits in rule.scenarios.items()}
    return replace(rule, enter=usual.enter, exit=usual.exit, scenarios=MappingProxyType(scenarios))


def restore_thresholds(rule: Rule, thresholds: Mapping[str, float]) -> Rule:
    """Return the rule with the thresholds at which it once acted, whatever the scenario."""
    if not thresholds:
        return rule
    enter, leave = _merge(rule.enter, thresholds), _merge(rule.exit, thresholds)
    return replace(rule, enter=enter, exit=leave, scenarios=MappingProxyType({}))


def list_rated_thresholds(rule: Rule, scenario: object) -> dict[str, float]:
    """Return the thresholds in force, by signal, of the comparisons with a rate."""
    limits = rule.limits(scenario)
    return {name: limits.enter[name] for name in limits.per_hour}


def _find_limits(limits: Limits, rule: Rule, find: FindThreshold) -> Limits:
    found = {}
    for name, per_hour in limits.per_hour.items():
        try:
            found[name] = find(name, per_hour, rule.dwell_s, rule.precision)
        except KeyError:
            continue
    return replace(limits, enter=_merge(limits.enter, found), exit=_merge(limits.exit, found))


def _merge(own: Mapping[str, float], found: Mapping[str, float]) -> Mapping[str, float]:
    return MappingProxyType({**own, **found})
