"""One evaluation of all rules over the facts of one moment: pure, ordered and repeatable."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import compress
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from interventions import facts as facts_
from interventions.choice import Proposal, first
from interventions.compiled_conditions import Against, Known, Test, judge, known
from interventions.conditions import Truth
from interventions.facts import Facts
from interventions.rule_state import Phase, State
from interventions.rules import Rule

GLOBAL_CAP: Final = 4
GLOBAL_CAP_S: Final = 1_800.0
GLOBAL_COOLDOWN_S: Final = 90.0
# Windows come every 5 s: after three missed ones the condition is unknown in between.
LONGEST_GAP_S: Final = 15.0
NO_OFFERS: Final[Mapping[str, int]] = MappingProxyType({})
_Barred = tuple[str, tuple[str, ...]]
NOTHING_AGAINST: Final[_Barred] = ("", ())
Held = Literal[
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


class Trace(NamedTuple):
    """Why a rule did or did not act: its truth, missing signals, and the reason it was held back."""

    rule: str
    version: int
    before: Phase
    after: Phase
    truth: Truth
    missing: tuple[str, ...]
    evidence: tuple[str, ...]
    held: Held
    held_by: str = ""


_Hold = tuple[Held, str]
FREE: Final[_Hold] = ("", "")
SEEN: Final[_Hold] = ("seen", "")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The result of one moment; ``states`` has every rule given and every state passed in."""

    proposals: tuple[Proposal, ...]
    states: Mapping[str, State]
    trace: tuple[Trace, ...]


class _Reading(NamedTuple):
    """One rule evaluated against the facts, before timing is considered."""

    rule: Rule
    state: State
    truth: Truth
    holds: bool
    evidence: tuple[str, ...]
    missing: tuple[str, ...]
    blocked_by: str


def evaluate(
    facts: Facts,
    rules: Sequence[Rule],
    states: Mapping[str, State],
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
    facts_.check(facts)
    if not rules:
        return Evaluation((), states, ())
    values = known(facts, [rule.program for rule in rules])
    against = {rule.program.against: NOTHING_AGAINST for rule in rules}
    for each in against:
        against[each] = each.judge(values)
    readings = [
        _read(rule, states.get(rule.id) or State("idle", now), values, against, now)
        for rule in rules
    ]
    holds = _holds(readings, states, on_skill, quiet, now)
    steps = [_step(row, *hold, now) for row, hold in zip(readings, holds, strict=True)]
    after = {row.rule.id: state for row, (state, _) in zip(readings, steps, strict=True)}
    proposals = tuple(
        _proposal(row)
        for row, (state, _) in zip(readings, steps, strict=True)
        if state.fired and now in state.fired
    )
    return Evaluation(proposals, {**states, **after}, tuple(trace for _, trace in steps))


def _read(
    rule: Rule, state: State, values: Known, against: Mapping[Against, _Barred], now: datetime
) -> _Reading:
    program = rule.program
    judged = judge(_tests(rule, state, values, now), values)
    blocked_by, unclear = against[program.against]
    truth = program.tree(judged)
    shown: Iterable[str] = [signal for place, signal in program.shows if judged[place]]
    evidence = tuple(dict.fromkeys(shown)) if shown else ()
    lacking = _lacking(rule, judged, unclear) if unclear or None in judged else ()
    holds = truth is True and not blocked_by and len(evidence) >= rule.evidence_min
    return _Reading(rule, state, truth, holds, evidence, lacking, blocked_by)


def _lacking(rule: Rule, judged: Sequence[Truth], unclear: tuple[str, ...]) -> tuple[str, ...]:
    found = compress(rule.program.signals, [truth is None for truth in judged])
    return tuple(dict.fromkeys((*found, *unclear)))


def _tests(rule: Rule, state: State, values: Known, now: datetime) -> tuple[Test, ...]:
    """Return the tests in force: of exit once arming, else of enter, raised after dismissals."""
    program = rule.program
    scenario = program.scenario(values)
    if state.phase in ("arming", "active"):
        return program.stay[scenario]
    if rule.enter and (by := state.raised(now)):
        return program.raised(rule.limits(scenario).enter, by)
    return program.enter[scenario]


def _holds(
    readings: Sequence[_Reading],
    states: Mapping[str, State],
    on_skill: Mapping[str, int],
    quiet: bool,
    now: datetime,
) -> list[_Hold]:
    """Return for each rule why it cannot act now; at most one rule is left that may fire."""
    guards = [
        row.rule for row in readings if row.holds and row.rule.suppresses and _is_new(row, now)
    ]
    busy: Held = "quiet" if quiet else _global_hold(states, now)
    found = [
        _hold(row, guards, busy, on_skill, now) if _is_new(row, now) else SEEN for row in readings
    ]
    ready = {
        row.rule.id: place
        for place, row in enumerate(readings)
        if row.holds and row.state.phase == "arming" and row.rule.step and not found[place][0]
    }
    if len(ready) > 1:
        winner = first([readings[place].rule for place in ready.values()])
        for rule, place in ready.items():
            if winner is not None and rule != winner.id:
                found[place] = ("priority", winner.id)
    return found


def _is_new(row: _Reading, now: datetime) -> bool:
    seen = row.state.seen
    return seen is None or now > seen


def _global_hold(states: Mapping[str, State], now: datetime) -> Held:
    """Return why no rule may offer anything now: the cap or cooldown over all rules."""
    ages = [(now - at).total_seconds() for state in states.values() for at in state.fired]
    if any(age < GLOBAL_COOLDOWN_S for age in ages):
        return "global_cooldown"
    return "cap" if sum(age < GLOBAL_CAP_S for age in ages) >= GLOBAL_CAP else ""


def _hold(
    row: _Reading, guards: Sequence[Rule], busy: Held, on_skill: Mapping[str, int], now: datetime
) -> _Hold:
    """Return the first reason that keeps an arming rule from firing, if any."""
    phase = row.state.phase
    if phase == "cooling":
        return "cooldown", ""
    if row.truth is True and not row.holds:
        return ("contraindicated", row.blocked_by) if row.blocked_by else ("evidence", "")
    if phase != "arming":
        return FREE
    if _dwelt_s(row.state, now) < row.rule.dwell_s:
        return "dwell", ""
    if not row.rule.step:
        return FREE
    guard = next((rule.id for rule in guards if rule.silences(row.rule)), "")
    if guard:
        return "suppressed", guard
    return busy or _rule_hold(row, on_skill, now), ""


def _rule_hold(row: _Reading, on_skill: Mapping[str, int], now: datetime) -> Held:
    cap = row.rule.cap
    if cap.per == "skill":
        return "cap" if on_skill.get(row.rule.id, 0) >= cap.offers else ""
    recent = [at for at in row.state.fired if now - at < timedelta(seconds=cap.per_s)]
    return "cap" if len(recent) >= cap.offers else ""


def _dwelt_s(state: State, now: datetime) -> float:
    return 0.0 if _gap(state, now) else state.age_s(now)


def _gap(state: State, now: datetime) -> bool:
    return state.seen is not None and (now - state.seen).total_seconds() > LONGEST_GAP_S


def _step(row: _Reading, held: Held, by: str, now: datetime) -> tuple[State, Trace]:
    rule, before, truth, _, evidence, missing, _ = row
    state = before if held == "seen" else _moved(row, held, now)
    return state, Trace(
        rule.id, rule.version, before.phase, state.phase, truth, missing, evidence, held, by
    )


def _moved(row: _Reading, held: Held, now: datetime) -> State:
    state, phase = row.state, _next(row, held, now)
    if phase == "arming" == state.phase and _gap(state, now):
        # No Window was evaluated in between, so the dwell starts again.
        state = state._replace(since=now)
    if phase == state.phase:
        return state.moved(phase, now, 0)
    keep_s = max(GLOBAL_CAP_S, row.rule.cap.per_s)
    return state.moved(phase, now, keep_s, fires=phase == "active" and bool(row.rule.step))


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


def _proposal(row: _Reading) -> Proposal:
    rule = row.rule
    return Proposal(rule.id, rule.version, rule.step, rule.priority, rule.probability, row.evidence)
