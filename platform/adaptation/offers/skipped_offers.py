"""Records of Rules that waited without an offer, so that the Learner can see them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from adaptation.models import LetGo
from consent.permits.gate import Permit
from consent.scopes import ADAPT_SCOPES
from interventions import conditions
from interventions.facts import Facts, get_fact
from interventions.rule_state import EngineState
from interventions.rules import Rule
from interventions.signals import SIGNALS
from telemetry.models import Sitting


def build_rows(
    sitting: Sitting,
    before: Mapping[str, EngineState],
    after: Mapping[str, EngineState],
    acting: Mapping[str, Rule],
    facts: Facts,
    permits: Mapping[str, Permit],
    *,
    now: datetime,
) -> Iterator[LetGo]:
    """Yield one row for each Rule that waited for its dwell and stopped without firing.

    The estimate it read may be gone by then, and its sources with it. Such a row is therefore bound
    to every Stream it can have come from. It is not written if none of them is granted any more.
    """
    for name, rule in acting.items():
        if _has_lapsed(before.get(name), after[name]):
            guessed = _may_use_estimate(rule, facts)
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


def store_rows(rows: Sequence[LetGo]) -> None:
    """Store the rows of all Learners with one statement."""
    LetGo.objects.bulk_create(rows)


def _has_lapsed(before: EngineState | None, after: EngineState) -> bool:
    return before is not None and (before.phase, after.phase) == ("arming", "idle")


def _may_use_estimate(rule: Rule, facts: Facts) -> bool:
    """Return whether it reads a biometric signal that no report has replaced."""
    names = {leaf.signal for leaf, _ in conditions.walk_comparisons(rule.when)}
    return any(SIGNALS[name].biometric and get_fact(facts, name).source != "self" for name in names)
