"""One evaluation of all rules over the facts of one moment: pure, ordered and repeatable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import compress
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from interventions import facts as facts_
from interventions.choice import Proposal, select_highest_priority
from interventions.compiled_conditions import (
    Contraindications,
    KnownValues,
    SignalTest,
    collect_known_values,
    run_tests,
)
from interventions.conditions import Truth
from interventions.facts import Facts
from interventions.rule_state import EngineState, Phase
from interventions.rules import Rule

GLOBAL_CAP: Final = 4
GLOBAL_CAP_S: Final = 1_800.0
GLOBAL_COOLDOWN_S: Final = 90.0
# Windows come every 5 s: after three missed ones the condition is unknown in between.
LONGEST_GAP_S: Final = 15.0
NO_OFFERS: Final[Mapping[str, int]] = MappingProxyType({})
_Barred = tuple[str, tuple[str, ...]]
NO_CONTRAINDICATION: Final[_Barred] = ("", ())
HoldReason = Literal[
    "",
    "seen",
    "contraindicated",
    "evidence",
    "dwell",
    "suppressed",
    "quiet",
    "cap",
    "global_cooldown",
    "priority",
    "cooldown",
]


class RuleTrace(NamedTuple):
    """Why a rule did or did not act: its truth, missing signals, and what held it back."""

    rule: str
    version: int
    before: Phase
    after: Phase
    truth: Truth
    missing: tuple[str, ...]
    evidence: tuple[str, ...]
    held: HoldReason
    held_by: str = ""


_Hold = tuple[HoldReason, str]
FREE: Final[_Hold] = ("", "")
SEEN: Final[_Hold] = ("seen", "")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of one moment; ``states`` has every rule given and every state passed in."""

    proposals: tuple[Proposal, ...]
    states: Mapping[str, EngineState]
    trace: tuple[RuleTrace, ...]


class _Reading(NamedTuple):
    """One rule evaluated against the facts, before timing is considered."""

    rule: Rule
    state: EngineState
    truth: Truth
    holds: bool
    evidence: tuple[str, ...]
    missing: tuple[str, ...]
    blocked_by: str


def evaluate(
    facts: Facts,
    rules: Sequence[Rule],
    states: Mapping[str, EngineState],
    now: datetime,
    *,
    on_skill: Mapping[str, int] = NO_OFFERS,
    quiet: bool = False,
) -> Evaluation:
    """Move every rule by at most one phase and propose at most one offer.

    Parameters
    ----------
    facts
        Signals of this moment; a missing signal is unknown.
    rules
        The rules that are on for this Learner and Unit.
    states
        The state of each rule by identity; a rule without one is idle. States of rules that are not
        on do not change, and their offers still count towards the caps.
    now
        The end of the Window, not the time of the computation. Evaluating the same Window again
        then gives the same proposals and states, and an older one changes nothing.
    on_skill
        By rule, the number of its offers about the current Skill within the period of its cap. Read
        for rules with a cap per Skill; a missing rule has offered nothing on this Skill.
    quiet
        Whether the Learner wants no offer at this moment; a rule that is ready then waits as long
        as its condition holds.

    Returns
    -------
    Evaluation
        A proposal for each rule that became active at ``now`` (none or one).

    Raises
    ------
    SignalError
        If a fact is not in the closed list, or has another type or source.
    """
    facts_.check_facts(facts)
    if not rules:
        return Evaluation((), states, ())
    values = collect_known_values(facts, [rule.program for rule in rules])
    against = {rule.program.contraindications: NO_CONTRAINDICATION for rule in rules}
    for each in against:
        against[each] = each.judge(values)
    readings = [
        _read_rule(rule, states.get(rule.id) or EngineState("idle", now), values, against, now)
        for rule in rules
    ]
    holds = _find_holds(readings, states, on_skill, quiet, now)
    steps = [_advance(row, *hold, now) for row, hold in zip(readings, holds, strict=True)]
    after = {row.rule.id: state for row, (state, _) in zip(readings, steps, strict=True)}
    proposals = tuple(
        _propose(row)
        for row, (state, _) in zip(readings, steps, strict=True)
        if state.fired and now in state.fired
    )
    return Evaluation(proposals, {**states, **after}, tuple(trace for _, trace in steps))


def _read_rule(
    rule: Rule,
    state: EngineState,
    values: KnownValues,
    against: Mapping[Contraindications, _Barred],
    now: datetime,
) -> _Reading:
    program = rule.program
    judged = run_tests(_tests_in_force(rule, state, values, now), values)
    blocked_by, unclear = against[program.contraindications]
    truth = program.tree(judged)
    evident: Iterable[str] = [signal for place, signal in program.shows if judged[place]]
    evidence = tuple(dict.fromkeys(evident)) if evident else ()
    missing = _missing_signals(rule, judged, unclear) if unclear or None in judged else ()
    holds = truth is True and not blocked_by and len(evidence) >= rule.evidence_min
    return _Reading(rule, state, truth, holds, evidence, missing, blocked_by)


def _missing_signals(
    rule: Rule, judged: Sequence[Truth], unclear: tuple[str, ...]
) -> tuple[str, ...]:
    found = compress(rule.program.signals, [truth is None for truth in judged])
    return tuple(dict.fromkeys((*found, *unclear)))


def _tests_in_force(
    rule: Rule, state: EngineState, values: KnownValues, now: datetime
) -> tuple[SignalTest, ...]:
    """Return the tests in force: of exit once arming, else of enter, raised after dismissals."""
    program = rule.program
    scenario = program.scenario(values)
    if state.phase in ("arming", "active"):
        return program.stay[scenario]
    if rule.enter and (by := state.threshold_raise(now)):
        return program.raised_tests(rule.limits(scenario).enter, by)
    return program.enter[scenario]


def _find_holds(
    readings: Sequence[_Reading],
    states: Mapping[str, EngineState],
    on_skill: Mapping[str, int],
    quiet: bool,
    now: datetime,
) -> list[_Hold]:
    """Return for each rule why it cannot act now; at most one rule is left that may fire."""
    guards = [
        row.rule for row in readings if row.holds and row.rule.suppresses and _is_new(row, now)
    ]
    busy: HoldReason = "quiet" if quiet else _find_global_hold(states, now)
    found = [
        _find_hold(row, guards, busy, on_skill, now) if _is_new(row, now) else SEEN
        for row in readings
    ]
    ready = {
        row.rule.id: place
        for place, row in enumerate(readings)
        if row.holds and row.state.phase == "arming" and row.rule.step and not found[place][0]
    }
    if len(ready) > 1:
        winner = select_highest_priority([readings[place].rule for place in ready.values()])
        for rule, place in ready.items():
            if winner is not None and rule != winner.id:
                found[place] = ("priority", winner.id)
    return found


def _is_new(row: _Reading, now: datetime) -> bool:
    seen = row.state.seen
    return seen is None or now > seen


def _find_global_hold(states: Mapping[str, EngineState], now: datetime) -> HoldReason:
    """Return why no rule may offer anything now: the cap or cooldown over all rules."""
    ages = [(now - at).total_seconds() for state in states.values() for at in state.fired]
    if any(age < GLOBAL_COOLDOWN_S for age in ages):
        return "global_cooldown"
    return "cap" if sum(age < GLOBAL_CAP_S for age in ages) >= GLOBAL_CAP else ""


def _find_hold(
    row: _Reading,
    guards: Sequence[Rule],
    busy: HoldReason,
    on_skill: Mapping[str, int],
    now: datetime,
) -> _Hold:
    """Return the first reason that keeps an arming rule from firing, if any."""
    phase = row.state.phase
    if phase == "cooling":
        return "cooldown", ""
    if row.truth is True and not row.holds:
        return ("contraindicated", row.blocked_by) if row.blocked_by else ("evidence", "")
    if phase != "arming":
        return FREE
    if _dwell_s(row.state, now) < row.rule.dwell_s:
        return "dwell", ""
    if not row.rule.step:
        return FREE
    guard = next((rule.id for rule in guards if rule.silences(row.rule)), "")
    if guard:
        return "suppressed", guard
    return busy or _find_cap_hold(row, on_skill, now), ""


def _find_cap_hold(row: _Reading, on_skill: Mapping[str, int], now: datetime) -> HoldReason:
    cap = row.rule.cap
    if cap.per == "skill":
        return "cap" if on_skill.get(row.rule.id, 0) >= cap.offers else ""
    recent = [at for at in row.state.fired if now - at < timedelta(seconds=cap.per_s)]
    return "cap" if len(recent) >= cap.offers else ""


def _dwell_s(state: EngineState, now: datetime) -> float:
    return 0.0 if _has_gap(state, now) else state.age_s(now)


def _has_gap(state: EngineState, now: datetime) -> bool:
    return state.seen is not None and (now - state.seen).total_seconds() > LONGEST_GAP_S


def _advance(
    row: _Reading, held: HoldReason, by: str, now: datetime
) -> tuple[EngineState, RuleTrace]:
    rule, before, truth, _, evidence, missing, _ = row
    state = before if held == "seen" else _next_state(row, held, now)
    return state, RuleTrace(
        rule.id, rule.version, before.phase, state.phase, truth, missing, evidence, held, by
    )


def _next_state(row: _Reading, held: HoldReason, now: datetime) -> EngineState:
    state, phase = row.state, _next_phase(row, held, now)
    if phase == "arming" == state.phase and _has_gap(state, now):
        # No Window was evaluated in between, so the dwell starts again.
        state = state._replace(since=now)
    if phase == state.phase:
        return state.move_to(phase, now, 0)
    keep_s = max(GLOBAL_CAP_S, row.rule.cap.per_s)
    return state.move_to(phase, now, keep_s, fires=phase == "active" and bool(row.rule.step))


def _next_phase(row: _Reading, held: HoldReason, now: datetime) -> Phase:
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


def _propose(row: _Reading) -> Proposal:
    rule = row.rule
    return Proposal(rule.id, rule.version, rule.step, rule.priority, rule.probability, row.evidence)
