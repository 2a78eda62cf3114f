"""A replay of rules over past moments; the same log and rules give the same result.

Nothing is drawn at random, and no offer has an outcome. Each offer counts when its rule fires,
whether it would have been shown or held back, and no threshold rises because of dismissals.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from interventions.candidate_rules import select_candidate_rules
from interventions.engine import GLOBAL_CAP_S, NO_OFFERS, RuleTrace, evaluate
from interventions.facts import Facts
from interventions.rule_state import EngineState, Phase
from interventions.rules import Rule

PHASE_AT_REST: Final[Mapping[Phase, Phase]] = MappingProxyType(
    {"active": "cooling", "arming": "idle"}
)
LAPSED: Final = ("arming", "idle")


@dataclass(frozen=True, slots=True)
class ReplayMoment:
    """The end of a Window with the facts known then.

    Parameters
    ----------
    at, facts
        The time, and the signals of that moment; a missing signal is unknown.
    kinds
        The kinds of help that were available then. A rule with none of them neither fires nor
        counts, as in a live decision; a rule that only suppresses always acts.
    skills
        The Skills of the current item, which an offer would be about.
    """

    at: datetime
    facts: Facts
    kinds: frozenset[str]
    skills: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class FiredRule:
    """An offer a rule would have made: time, Skills it is about, and the facts behind it."""

    rule: str
    at: datetime
    facts: Facts
    trace: RuleTrace
    skills: frozenset[int]


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """The result of a replay.

    Parameters
    ----------
    fired
        The offers.
    steps
        Each phase change of each rule that acted.
    let_go
        When which rule stopped waiting, because its condition passed or its help was used up.
    states
        The states of the rules after the last moment.
    """

    fired: tuple[FiredRule, ...]
    steps: tuple[tuple[datetime, RuleTrace], ...]
    let_go: tuple[tuple[datetime, str], ...]
    states: Mapping[str, EngineState]


EMPTY_RESULT: Final = ReplayResult((), (), (), MappingProxyType({}))


def replay(
    moments: Iterable[ReplayMoment], rules: Sequence[Rule], *, before: ReplayResult = EMPTY_RESULT
) -> ReplayResult:
    """Run the rules over one Learner's moments, in chronological order.

    Parameters
    ----------
    moments
        Oldest first; a repeated one changes nothing.
    rules
        All rules that act, because rules hold each other back: by priority, by a good run, and by
        the number of offers in half an hour.
    before
        The result of the moments before these under the same rules. A log replayed in parts gives
        the same result as the whole.
    """
    fired, steps, let_go = list(before.fired), list(before.steps), list(before.let_go)
    states = before.states
    kinds: frozenset[str] | None = None
    for moment in moments:
        if moment.kinds is not kinds:
            kinds, available = moment.kinds, _rules_with_help(rules, moment.kinds)
        acting = select_candidate_rules(available, moment.facts, states)
        on_skill = _count_offers_on_skill(moment, acting, fired)
        found = evaluate(moment.facts, acting, states, moment.at, on_skill=on_skill)
        names = {rule.id for rule in acting}
        moved = [trace for trace in found.trace if trace.before != trace.after]
        steps += [(moment.at, trace) for trace in moved]
        firing = {proposal.id for proposal in found.proposals}
        now_active = [trace for trace in moved if trace.rule in firing and trace.after == "active"]
        fired += [
            FiredRule(trace.rule, moment.at, moment.facts, trace, moment.skills)
            for trace in now_active
        ]
        resting = rest_inactive_rules(states, names, moment.at)
        passed = [trace.rule for trace in moved if (trace.before, trace.after) == LAPSED]
        passed += [rule for rule in resting if states[rule].phase == "arming"]
        let_go += [(moment.at, rule) for rule in passed]
        states = {**found.states, **resting}
    return ReplayResult(tuple(fired), tuple(steps), tuple(let_go), states)


def _rules_with_help(rules: Sequence[Rule], kinds: frozenset[str]) -> list[Rule]:
    return [rule for rule in rules if not rule.step or kinds.intersection(rule.step)]


def _count_offers_on_skill(
    moment: ReplayMoment, acting: Sequence[Rule], fired: Sequence[FiredRule]
) -> Mapping[str, int]:
    """Count the offers so far about the current Skills, for rules with a cap per Skill."""
    capped = {rule.id: rule.cap.per_s for rule in acting if rule.cap.per == "skill"}
    if not capped:
        return NO_OFFERS
    return Counter(
        each.rule
        for each in fired
        if each.rule in capped
        and each.skills & moment.skills
        and (moment.at - each.at).total_seconds() < capped[each.rule]
    )


def rest_inactive_rules(
    states: Mapping[str, EngineState], acting: Iterable[str], at: datetime
) -> dict[str, EngineState]:
    """Return the states of rules that cannot act now: active ones cool, arming ones turn idle."""
    names = set(acting)
    return {
        rule: state.move_to(PHASE_AT_REST[state.phase], at, GLOBAL_CAP_S)
        for rule, state in states.items()
        if rule not in names
        and state.phase in PHASE_AT_REST
        and (not state.seen or at > state.seen)
    }


def digest_rules(rules: Sequence[Rule]) -> str:
    """Return a digest of a set of rules: two replays with the same digest agree."""
    text = "\n".join(repr(rule) for rule in sorted(rules, key=lambda rule: rule.id))
    return hashlib.sha256(text.encode()).hexdigest()[:12]
