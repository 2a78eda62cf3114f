"""Leaving out rules that cannot change does not change the decision."""

from __future__ import annotations

from hypothesis import given

from interventions.candidate_rules import select_candidate_rules
from interventions.engine import evaluate
from interventions.rule_state import EngineState
from tests.fixtures.rule_cases import CONFUSED, HOP_S, PACK, at
from tests.fixtures.rule_histories import spread, stretches, unhurried

RULES = tuple(PACK.values())


@unhurried
@given(stretches)
def test_candidate_rules_decide_the_same_as_all_rules(steps):
    states: dict[str, EngineState] = {}
    for number, facts in enumerate(spread(steps)):
        now, woken = at(HOP_S * number), select_candidate_rules(RULES, facts, states)
        names = {rule.id for rule in woken}
        few, all_ = (evaluate(facts, acting, states, now) for acting in (woken, RULES))
        assert few.proposals == all_.proposals
        assert few.trace == tuple(trace for trace in all_.trace if trace.rule in names)
        asleep = [trace for trace in all_.trace if trace.rule not in names]
        assert all((trace.before, trace.after) == ("idle", "idle") for trace in asleep)
        states = dict(few.states)


def test_a_rule_in_progress_is_always_a_candidate():
    waiting = {"R2": EngineState("arming", at(0), at(0))}
    assert select_candidate_rules([PACK["R2"]], {}, waiting) == [PACK["R2"]]
    assert select_candidate_rules([PACK["R2"]], {}, {}) == []
    assert select_candidate_rules([PACK["R2"]], CONFUSED, {}) == [PACK["R2"]]
