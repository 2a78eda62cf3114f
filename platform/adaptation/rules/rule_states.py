"""The engine's state of each Rule for a Learner, locked while it is used."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from accounts.models import User
from adaptation.models import RuleState
from interventions.rule_state import EngineState, count_outcome

States = Mapping[str, EngineState]
STATE_COLUMNS = ["phase", "since", "seen", "fired", "dismissals", "dismissed_at"]


def states_of(learner: User) -> dict[str, EngineState]:
    """Return the states of the rules, locked until the transaction ends."""
    return states_of_each([learner.pk])[learner.pk]


def states_of_each(learners: Collection[int]) -> dict[int, dict[str, EngineState]]:
    """Return the states of many Learners by primary key, locked in one order against deadlocks."""
    found: dict[int, dict[str, EngineState]] = {learner: {} for learner in learners}
    rows = RuleState.objects.select_for_update().filter(learner__in=found)
    for row in rows.order_by("learner", "rule"):
        found[row.learner_id][row.rule] = _state(row)
    return found


def store_changed(learner: User, before: States, after: States) -> None:
    """Store the states that changed."""
    store_changed_each([(learner.pk, before, after)])


def store_changed_each(moves: Iterable[tuple[int, States, States]]) -> None:
    """Store the changed states of many Learners with one statement."""
    rows = [
        _row(learner, rule, state)
        for learner, before, after in sorted(moves, key=lambda move: move[0])
        for rule, state in sorted(after.items())
        if before.get(rule) != state
    ]
    if rows:
        RuleState.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["learner", "rule"],
            update_fields=STATE_COLUMNS,
        )


def _row(learner: int, rule: str, state: EngineState) -> RuleState:
    return RuleState(
        learner_id=learner,
        rule=rule,
        phase=state.phase,
        since=state.since,
        seen=state.seen,
        fired=list(state.fired),
        dismissals=state.dismissals,
        dismissed_at=state.dismissed_at,
    )


def count_offer_outcome(learner: User, rule: str, outcome: str, now: datetime) -> None:
    """Count a dismissal or acceptance in the state of the rule."""
    states = states_of(learner)
    if rule in states:
        store_changed(learner, states, {rule: count_outcome(states[rule], outcome, now)})


def is_arming(states: Mapping[str, EngineState], acting: Collection[str]) -> bool:
    """Return whether one of the rules that act is in its dwell."""
    return any(rule in acting and state.phase == "arming" for rule, state in states.items())


def _state(row: RuleState) -> EngineState:
    return EngineState(
        phase=row.phase,  # type: ignore[arg-type]  # closed in the database
        since=row.since,
        seen=row.seen,
        fired=tuple(row.fired),
        dismissals=row.dismissals,
        dismissed_at=row.dismissed_at,
    )
