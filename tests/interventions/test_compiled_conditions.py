"""A compiled rule evaluates as its tree does, and one moment of it is fast."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interventions import rules
from interventions.compiled_conditions import collect_known_values, compile_rule, run_tests
from interventions.conditions import All, Any, Cmp, Not, compare, evaluate_tree, walk_comparisons
from interventions.engine import evaluate
from interventions.facts import UNKNOWN, Fact
from interventions.json_reader import Node
from tests.fixtures.changed_rules import change_rule
from tests.fixtures.core_time import measure_core_time
from tests.fixtures.rule_cases import CONFUSED, PACK, at, sensed

LIMITS = {"confusion": 0.55}
LEAVES = [
    *(Cmp("wrong_on_item", op, 2.0) for op in (">=", ">", "<=", "<", "==")),
    Cmp("confusion", ">=", "threshold"),
    Cmp("confusion", ">", 0.5, "people", 0.7),
    Cmp("confusion", "<", 0.5, "", 0.9),
    Cmp("paused", "==", False),
    Cmp("scenario", "==", "course"),
]
trees = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(All, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(Any, st.lists(inner, min_size=1, max_size=3).map(tuple))
    ),
    max_leaves=8,
)
guesses = st.builds(
    lambda value, quality, origin: sensed(value, quality, origin=origin),
    st.sampled_from([UNKNOWN, 0.4, 0.5, 0.55, 0.8]),
    st.sampled_from([0.5, 0.6, 0.7, 0.9]),
    st.sampled_from(["none", "simulated", "people"]),
)
moments = st.fixed_dictionaries(
    {},
    optional={
        "wrong_on_item": st.sampled_from([Fact(UNKNOWN), Fact(1), Fact(2), Fact(2.0), Fact(3)]),
        "confusion": guesses | st.just(Fact(0.6, source="self")),
        "paused": st.sampled_from([Fact(UNKNOWN), Fact(True), Fact(False)]),
        "scenario": st.sampled_from([Fact("course"), Fact("discussion")]),
    },
)


@settings(deadline=None, max_examples=500)
@given(trees, moments)
def test_it_evaluates_as_the_tree_does(tree, facts):
    program = compile_rule(tree, (), {"": LIMITS}, {"": LIMITS})
    values = collect_known_values(facts, [program])
    judged = run_tests(program.enter[""], values)
    assert judged == [compare(leaf, facts, LIMITS) for leaf, _ in walk_comparisons(tree)]
    assert program.tree(judged) is evaluate_tree(tree, lambda leaf: compare(leaf, facts, LIMITS))


@settings(deadline=None, max_examples=500)
@given(trees, moments)
def test_it_may_hold_where_the_tree_does(tree, facts):
    program = compile_rule(tree, (), {"": {"confusion": 0.9}}, {"": LIMITS})
    held = evaluate_tree(tree, lambda leaf: compare(leaf, facts, LIMITS))
    assert program.may_hold(collect_known_values(facts, [program])) is (held is True)


def test_it_may_hold_by_the_thresholds_of_the_scenario():
    rule = PACK["R2"]
    facts = CONFUSED | {"confusion": sensed(rule.exit["confusion"])}
    values = collect_known_values(facts, [rule.program])
    assert rule.program.may_hold(values | {"scenario": "course"})
    assert not rule.program.may_hold(values | {"scenario": "discussion"})


def test_rules_that_name_the_same_contraindications_share_them():
    assert PACK["R1"].program.contraindications is PACK["R2"].program.contraindications
    assert PACK["R1"].program.contraindications is not PACK["R9"].program.contraindications


@pytest.mark.timed
def test_a_moment_costs_a_few_microseconds_a_rule(capsys):
    """A ceiling for a busy machine; the figure of a quiet one is printed."""
    five = {
        "all": [
            {"cmp": ["confusion", ">=", "threshold"]},
            {"any": [{"cmp": [name, ">=", 1]} for name in ("wrong_on_item", "rewinds_60s")]},
            {"cmp": ["course_idle_s", ">=", 1]},
            {"cmp": ["wrong_streak", ">=", 1]},
        ]
    }
    many = [
        rules.read_rule(Node(change_rule("R2", id=f"S{n}", when=five), "S.json"))
        for n in range(100)
    ]
    facts = {**CONFUSED, "wrong_streak": Fact(1)}
    for name, acting in (("100 rules of five conditions", many), ("the pack", [*PACK.values()])):
        states = dict(evaluate(facts, acting, {}, at(0)).states)
        moment = partial(evaluate, facts, acting, states, at(5))
        runs = []
        for _ in range(5):
            with measure_core_time() as took:
                for _ in range(100):
                    moment()
            runs.append(took.seconds)
        cost = 1e6 * min(runs) / 100 / len(acting)
        with capsys.disabled():
            print(f"\n{name}: {cost:.1f} µs a rule")
        assert cost < 25
