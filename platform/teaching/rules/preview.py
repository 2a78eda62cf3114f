"""Preview of the offer a Learner would see, filled from facts that just fulfil the Rule."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from interventions.conditions import THRESHOLD, Cmp, walk_comparisons
from interventions.explain import explain
from interventions.facts import Fact, Facts, Value
from interventions.rules import Rule
from interventions.signals import SIGNALS

ACCEPT_TEXTS = {
    "hint": _("Show a hint"),
    "worked_step": _("Show the worked step"),
    "jump_back": _("Watch it again"),
}


@dataclass(frozen=True, slots=True)
class OfferSample:
    heading: str
    lead: str
    take: str
    waits: str


def make_sample(rule: Rule) -> OfferSample | None:
    """Return the offer; None for a rule without one."""
    if not rule.step:
        return None
    why = explain(rule, _fulfilling_facts(rule), rule.step[0], translate=gettext)
    return OfferSample(
        why.heading, why.lead, str(ACCEPT_TEXTS.get(rule.step[0], _("Yes, please"))), why.waits
    )


def _fulfilling_facts(rule: Rule) -> Facts:
    return {
        leaf.signal: _fulfilling_fact(rule, leaf)
        for leaf, holds in walk_comparisons(rule.when)
        if holds
    }


def _fulfilling_fact(rule: Rule, leaf: Cmp) -> Fact:
    signal = SIGNALS[leaf.signal]
    value: Value = rule.enter[leaf.signal] if leaf.value == THRESHOLD else leaf.value
    if signal.type == "number" and leaf.op in (">", "<"):
        step = 0.01 if signal.unit == "probability" else 1.0
        value = float(value) + (step if leaf.op == ">" else -step)  # type: ignore[arg-type]
    source = signal.sources[0]
    return Fact(value, rule.dwell_s, source, origin="people" if source == "sensed" else "none")  # type: ignore[arg-type]
