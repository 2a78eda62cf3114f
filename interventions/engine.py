"""One evaluation of all rules over the facts of one moment: pure, ordered, repeatable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from interventions import facts as facts_
from interventions.choice import Proposal, first
from interventions.conditions import Truth, compare, grounds, leaves, missing, truth
from interventions.facts import Facts
from interventions.rules import Rule
from interventions.states import Phase, State

GLOBAL_CAP: Final = 4
GLOBAL_CAP_S: Final = 1_800.0
GLOBAL_COOLDOWN_S: Final = 90.0
# Windows come every 5 s: after three missed ones nobody knows whether the condition held.
LONGEST_GAP_S: Final = 15.0
Held = Literal[
    "",
    "seen",
    "contraindicated",
    "evidence",
    "dwell",
    "suppressed",
    "cap",
    "global_cooldown",
    "priority",
    "cooldown",
]


@dataclass(frozen=True, slots=True)
class Trace:
    """Why a rule did or did not act: its truth, what it lacked, and what held it back."""

    rule: str
    version: int
    before: Phase
    after: Phase
    truth: Truth
    missing: tuple[str, ...]
    evidence: tuple[str, ...]
    held: Held
    held_by: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What one moment led to; ``states`` holds every rule given and every state passed in."""

    proposals: tuple[Proposal, ...]
    states: Mapping[str, State]
    trace: tuple[Trace, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """One rule read against the facts, before time is looked at."""

    rule: Rule
    state: State
    truth: Truth
    evidence: tuple[str, ...]
    missing: tuple[str, ...]
    blocked_by: str

    @property
    def holds(self) -> bool:
        enough = len(self.evidence) >= self.rule.evidence_min
        return self.truth is True and enough and not self.blocked_by


def evaluate(
    facts: Facts, rules: Sequence[Rule], states: Mapping[str, State], now: datetime
) -> Evaluation:
    """Move every rule by at most one phase and propose at most one offer.

    Parameters
    ----------
    facts
        Signals of this moment; a signal left out is not known.
    rules
        The rules that are on for this Learner and Unit.
    states
        Where the rules stood, by identity; a rule without a state is idle. States of rules that
        are not on stand still, and their offers still count towards the caps.
    now
        The end of the Window, not the time of the computation: the same Window evaluated again
        then gives the same proposals and states, and an older one changes nothing.

    Returns
    -------
    Evaluation
        A proposal for each rule that became active at ``now`` (none or one).

    Raises
    ------
    SignalError
        If a fact is not in the closed list, or has another type or source.
    """
    facts_.check(facts)
    readings = [_read(rule, states.get(rule.id, State("idle", now)), facts) for rule in rules]
    steps = _steps([row for row in readings if _is_new(row.state, now)], states, now)
    after = {row.rule.id: steps.get(row.rule.id, (row.state,))[0] for row in readings}
    trace = tuple(_trace(row, *steps.get(row.rule.id, (row.state, "seen", ""))) for row in readings)
    proposals = tuple(_proposal(row) for row in readings if now in after[row.rule.id].fired)
    return Evaluation(proposals, {**states, **after}, trace)


def _is_new(state: State, now: datetime) -> bool:
    return state.seen is None or now > state.seen


def _read(rule: Rule, state: State, facts: Facts) -> _Reading:
    limits = _thresholds(rule, state)
    judged = {leaf: compare(leaf, facts, limits) for leaf, _ in leaves(rule.when)}
    shown = [
        leaf.signal
        for leaf, positive in leaves(rule.when)
        if positive and judged[leaf] is True and grounds(leaf)
    ]
    barred = [leaf for leaf in rule.contraindications if compare(leaf, facts, {}) is not False]
    lacking = missing(rule.when, facts)
    unclear = tuple(leaf.signal for leaf in barred if compare(leaf, facts, {}) is None)
    return _Reading(
        rule=rule,
        state=state,
        truth=truth(rule.when, judged.__getitem__),
        evidence=tuple(dict.fromkeys(shown)),
        missing=tuple(dict.fromkeys(lacking + unclear)),
        blocked_by=barred[0].signal if barred else "",
    )


def _thresholds(rule: Rule, state: State) -> Mapping[str, float]:
    """Give the thresholds that count now: exit once arming, else enter, raised where due."""
    if state.phase in ("arming", "active"):
        return rule.exit
    # Rounded, so that .55 + .05 is met by .6.
    return {name: min(1.0, round(value + state.raised, 6)) for name, value in rule.enter.items()}


_Step = tuple[State, Held, str]


def _steps(
    readings: Sequence[_Reading], states: Mapping[str, State], now: datetime
) -> dict[str, _Step]:
    guards = [row.rule for row in readings if row.holds and row.rule.suppresses]
    busy = _global_hold(states, now)
    holds = {row.rule.id: _hold(row, guards, busy, now) for row in readings}
    ready = [row.rule for row in readings if row.holds and _may_fire(row, holds)]
    winner = first(ready)
    for rule in ready:
        if winner is not None and rule is not winner:
            holds[rule.id] = ("priority", winner.id)
    return {row.rule.id: _step(row, *holds[row.rule.id], now) for row in readings}


def _may_fire(row: _Reading, holds: Mapping[str, tuple[Held, str]]) -> bool:
    return bool(row.rule.step) and row.state.phase == "arming" and not holds[row.rule.id][0]


def _global_hold(states: Mapping[str, State], now: datetime) -> Held:
    """Say whether the Learner has had enough offers for now, whichever rule they came from."""
    ages = [(now - at).total_seconds() for state in states.values() for at in state.fired]
    if any(age < GLOBAL_COOLDOWN_S for age in ages):
        return "global_cooldown"
    return "cap" if sum(age < GLOBAL_CAP_S for age in ages) >= GLOBAL_CAP else ""


def _hold(row: _Reading, guards: Sequence[Rule], busy: Held, now: datetime) -> tuple[Held, str]:
    """Name the first thing that keeps an arming rule from firing, if anything does."""
    if row.state.phase == "cooling":
        return "cooldown", ""
    if row.truth is True and not row.holds:
        return ("contraindicated", row.blocked_by) if row.blocked_by else ("evidence", "")
    if row.state.phase == "arming" and _dwelt_s(row.state, now) < row.rule.dwell_s:
        return "dwell", ""
    if row.state.phase != "arming" or not row.rule.step:
        return "", ""
    guard = next((rule.id for rule in guards if rule.silences(row.rule)), "")
    if guard:
        return "suppressed", guard
    return busy or _rule_hold(row, now), ""


def _rule_hold(row: _Reading, now: datetime) -> Held:
    cap = row.rule.cap
    recent = [at for at in row.state.fired if now - at < timedelta(seconds=cap.per_s)]
    return "cap" if len(recent) >= cap.offers else ""


def _dwelt_s(state: State, now: datetime) -> float:
    return 0.0 if _gap(state, now) else state.age_s(now)


def _gap(state: State, now: datetime) -> bool:
    return state.seen is not None and (now - state.seen).total_seconds() > LONGEST_GAP_S


def _step(row: _Reading, held: Held, by: str, now: datetime) -> _Step:
    state = row.state
    if state.phase == "arming" and row.holds and _gap(state, now):
        # Nobody looked in between, so the dwell begins anew.
        state = replace(state, since=now)
    keep_s = max(GLOBAL_CAP_S, row.rule.cap.per_s)
    phase = _next(row, held, now)
    fires = phase == "active" != state.phase and bool(row.rule.step)
    return state.moved(phase, now, keep_s, fires=fires), held, by


def _next(row: _Reading, held: Held, now: datetime) -> Phase:
    match row.state.phase:
        case "idle":
            return "arming" if row.holds else "idle"
        case "arming" if not row.holds:
            return "idle"
        case "arming":
            return "arming" if held else "active"
        case "active":
            return "active" if row.holds else "cooling"
        case "cooling":
            return "cooling" if row.state.age_s(now) < row.rule.cooldown_s else "idle"


def _trace(row: _Reading, after: State, held: Held, by: str) -> Trace:
    return Trace(
        rule=row.rule.id,
        version=row.rule.version,
        before=row.state.phase,
        after=after.phase,
        truth=row.truth,
        missing=row.missing,
        evidence=row.evidence,
        held=held,
        held_by=by,
    )


def _proposal(row: _Reading) -> Proposal:
    rule = row.rule
    return Proposal(rule.id, rule.version, rule.step, rule.priority, rule.probability, row.evidence)
