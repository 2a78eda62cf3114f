"""Leaving out rules that cannot change does not change the decision."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from interventions.candidate_rules import may_depend_on, select_candidate_rules
from interventions.engine import evaluate
from interventions.facts import UNKNOWN, Fact
from interventions.rule_state import EngineState
from tests.fixtures.rule_cases import CONFUSED, HOP_S, PACK, at
from tests.fixtures.rule_histories import draw_fact, spread, stretches, unhurried

RULES = tuple(PACK.values())
FLAGS = ("hesitation", "eda_rise")


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


flags = draw_fact([True, False], "sensed")
tense_moments = st.fixed_dictionaries(
    {
        "scenario": draw_fact(["course"]),
        "paused": draw_fact([False]),
        "tab_hidden": draw_fact([False]),
        "self_got_it": draw_fact([False], "self"),
        "skills_known": draw_fact([1]),
        "skills_in_unit": draw_fact([1, 2]),
        "wrong_on_item": draw_fact([0, 0, 0, 1]),
        "hints_open": draw_fact([0, 1, 1, 1]),
        "arousal": st.builds(
            lambda value, origin: Fact(value, source="sensed", quality=0.9, origin=origin),
            st.sampled_from([UNKNOWN, 0.4, 0.6, 0.9, 0.9, 0.9]),
            st.sampled_from(["people", "people", "simulated"]),
        ),
        "hesitation": flags,
        "eda_rise": flags,
    }
)


@unhurried
@given(st.lists(st.tuples(tense_moments, st.integers(1, 20)), min_size=1, max_size=8))
def test_flags_on_which_no_rule_may_depend_change_no_decision(steps):
    states: dict[str, EngineState] = {}
    for number, facts in enumerate(spread(steps)):
        unknown = {name: fact for name, fact in facts.items() if name not in FLAGS}
        given_facts = facts if may_depend_on(RULES, unknown, FLAGS) else unknown
        few, all_ = (
            evaluate(known, RULES, states, at(HOP_S * number)) for known in (given_facts, facts)
        )
        assert few.proposals == all_.proposals
        assert few.states == all_.states
        states = dict(all_.states)


def test_flags_matter_only_where_the_rest_of_a_rule_may_hold():
    calm = {"skills_known": Fact(1), "skills_in_unit": Fact(1), "hints_open": Fact(1)}
    tense = calm | {"arousal": Fact(0.9, source="sensed", quality=0.9, origin="people")}
    assert not may_depend_on(RULES, calm, FLAGS)
    assert may_depend_on(RULES, tense, FLAGS)
    assert not may_depend_on([PACK["R2"]], tense, FLAGS)
