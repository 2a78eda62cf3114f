"""Where each Rule stands for a Learner, as the engine wants it: locked while it is used."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from accounts.models import User
from adaptation.models import RuleState
from interventions.states import State, answered


def states_of(learner: User) -> dict[str, State]:
    """Where the rules stand, locked until the transaction ends."""
    rows = RuleState.objects.select_for_update().filter(learner=learner).order_by("rule")
    return {row.rule: _state(row) for row in rows}


def keep(learner: User, before: Mapping[str, State], after: Mapping[str, State]) -> None:
    """Write the states that moved."""
    for rule, state in after.items():
        if before.get(rule) != state:
            RuleState.objects.update_or_create(
                learner=learner,
                rule=rule,
                defaults={
                    "phase": state.phase,
                    "since": state.since,
                    "seen": state.seen,
                    "fired": list(state.fired),
                    "dismissals": state.dismissals,
                    "dismissed_at": state.dismissed_at,
                },
            )


def count_answer(learner: User, rule: str, outcome: str, now: datetime) -> None:
    """Let a rule learn that its offer was put aside, or taken."""
    states = states_of(learner)
    if rule in states:
        keep(learner, states, {rule: answered(states[rule], outcome, now)})


def is_arming(states: Mapping[str, State], acting: Collection[str]) -> bool:
    """Whether one of the rules that act is waiting out its dwell."""
    return any(rule in acting and state.phase == "arming" for rule, state in states.items())


def _state(row: RuleState) -> State:
    return State(
        phase=row.phase,  # type: ignore[arg-type]  # closed in the database
        since=row.since,
        seen=row.seen,
        fired=tuple(row.fired),
        dismissals=row.dismissals,
        dismissed_at=row.dismissed_at,
    )
