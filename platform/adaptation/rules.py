"""Which Rules are on in a Course, and where each stands for a Learner, as the engine wants them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from types import MappingProxyType

from accounts.models import User
from adaptation.models import CourseRule, RuleState
from courses.models import Course
from interventions import catalogue
from interventions.engine import GLOBAL_CAP_S
from interventions.rules import Rule
from interventions.states import Phase, State, answered

RESTS: Mapping[Phase, Phase] = MappingProxyType({"active": "cooling", "arming": "idle"})


@cache
def shipped() -> Mapping[str, Rule]:
    """The catalogue, read once a process."""
    return MappingProxyType({rule.id: rule for rule in catalogue.load()})


def on_in(course: Course) -> tuple[Rule, ...]:
    """The rules that act in this Course: all that ship, less those its Teacher switched off."""
    off = CourseRule.objects.filter(course=course, enabled=False).values_list("rule", flat=True)
    return tuple(rule for name, rule in shipped().items() if name not in set(off))


def switch(course: Course, rule: str, *, enabled: bool, now: datetime) -> None:
    """Set a Teacher's switch; an unknown rule is a KeyError."""
    CourseRule.objects.update_or_create(
        course=course,
        rule=shipped()[rule].id,
        defaults={"enabled": enabled, "changed_at": now},
    )


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
                },
            )


def count_answer(learner: User, rule: str, outcome: str) -> None:
    """Let a rule learn that its offer was put aside, or taken."""
    states = states_of(learner)
    if rule in states:
        keep(learner, states, {rule: answered(states[rule], outcome)})


def rested(states: Mapping[str, State], acting: Collection[str], at: datetime) -> dict[str, State]:
    """Rules that cannot act now go on: one that had fired begins to cool, one that waited stops."""
    return {
        rule: state.moved(RESTS[state.phase], at, GLOBAL_CAP_S)
        for rule, state in states.items()
        if rule not in acting and state.phase in RESTS and (not state.seen or at > state.seen)
    }


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
    )
