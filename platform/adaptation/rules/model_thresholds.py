"""Rules with the thresholds of a model: its card turns the rates that they state into numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from emotion.artefacts import RATES
from emotion.models.crossmodal.acting_rates import find_threshold
from estimates.registry import predictors
from interventions.rate_thresholds import set_thresholds
from interventions.rules import Rule

# Of a card, as `acting_rates.measure_rates` gives them; empty for a card without.
Rates = Mapping[str, Any]
NO_RATES: Final[Rates] = MappingProxyType({})


def load_rates() -> Rates:
    """Return the rates of the model whose estimates are shown; empty if it has none."""
    row = predictors.find_active(predictors.SHOWN_KIND)
    return row.card.get(RATES, NO_RATES) if row else NO_RATES


def fit_rules(rules: Iterable[Rule], rates: Rates) -> tuple[Rule, ...]:
    """Return the rules with the thresholds that these rates mean."""
    find = partial(find_threshold, rates)
    return tuple(set_thresholds(rule, find) for rule in rules)
