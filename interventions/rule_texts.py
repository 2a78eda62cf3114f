"""Checks of a rule's texts for people: their words, and the places that are filled in."""

from __future__ import annotations

from collections.abc import Collection

from interventions import conditions
from interventions.conditions import Condition
from interventions.json_reader import Node
from interventions.rule_lint import find_forbidden_words, list_placeholders
from interventions.signals import SIGNALS


def check_texts(steps: Collection[str], when: Condition, said: Collection[str], node: Node) -> None:
    """Raise RuleError if a text has a word or a place that it may not have.

    Parameters
    ----------
    steps : collection of str
        Kinds of help, each with a heading.
    when : Condition
        Only its countable signals may fill places.
    said : collection of str
        Signals with a lead of their own for the Learner's word.
    node : Node
        The rule's `explain`.
    """
    for kind in steps:
        _check_text(node.member("heading").member(kind), frozenset())
    used = {leaf.signal for leaf, _ in conditions.walk_comparisons(when)}
    counted = frozenset(name for name in used if SIGNALS[name].countable)
    places = counted | {"evidence", "skill"}
    _check_text(node.member("lead"), places)
    _check_text(node.member("waits"), frozenset({"dwell"}), behaviour_only=False)
    for name in said:
        text = node.member("said").member(name)
        if name not in used or "self" not in SIGNALS[name].sources:
            raise text.error("expected a signal of this rule that a learner can say")
        # It is shown only where the learner named the feeling.
        _check_text(text, places, behaviour_only=False)


def _check_text(node: Node, allowed: frozenset[str], *, behaviour_only: bool = True) -> None:
    text = node.text()
    if word := find_forbidden_words(text, behaviour_only=behaviour_only):
        raise node.error(f"a text for people does not say {word!r} here")
    try:
        strange = list_placeholders(text) - allowed
    except ValueError as broken:
        raise node.error(str(broken)) from broken
    if strange:
        raise node.error(f"expected places {sorted(allowed)}, got {min(strange)!r}")
