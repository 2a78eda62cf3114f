"""Writing down that a Rule waited and let go, so that the Learner can see that nothing was done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from adaptation.models import LetGo
from consent.permits.gate import Permit
from consent.scopes import ADAPT_SCOPES
from interventions import conditions
from interventions.facts import Facts, fact
from interventions.rule_state import State
from interventions.rules import Rule
from interventions.signals import SIGNALS
from telemetry.models import Sitting


def rows_of(
    sitting: Sitting,
    before: Mapping[str, State],
    after: Mapping[str, State],
    acting: Mapping[str, Rule],
    facts: Facts,
    permits: Mapping[str, Permit],
    *,
    now: datetime,
) -> Iterator[LetGo]:
    """One row for each Rule that waited for its dwell and no longer does, though it never fired.

    A guess may be gone by then, and with it what it was made from: the row then goes with any
    Stream it can have come from, and is not written where none of them is allowed any more.
    """
    for name, rule in acting.items():
        if _let_go(before.get(name), after[name]):
            guessed = _may_rest_on_a_guess(rule, facts)
            scopes = sorted(set(ADAPT_SCOPES) & permits.keys()) if guessed else []
            if guessed and not scopes:
                continue
            epochs = {scope: permits[scope].epoch for scope in scopes}
            yield LetGo(
                sitting=sitting,
                learner=sitting.learner,
                rule=name,
                version=rule.version,
                scopes=list(epochs),
                epochs=list(epochs.values()),
                armed_at=before[name].since,
                at=now,
            )


def write(rows: Sequence[LetGo]) -> None:
    """Keep them, of however many Learners, by one statement."""
    LetGo.objects.bulk_create(rows)


def _let_go(before: State | None, after: State) -> bool:
    return before is not None and (before.phase, after.phase) == ("arming", "idle")


def _may_rest_on_a_guess(rule: Rule, facts: Facts) -> bool:
    """Whether it looks at something that a Stream gives and that was not said instead."""
    names = {leaf.signal for leaf, _ in conditions.leaves(rule.when)}
    return any(SIGNALS[name].biometric and fact(facts, name).source != "self" for name in names)
