"""Kleene logic: unknown is neither true nor false, and trees stay bounded."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interventions.conditions import (
    MAX_DEPTH,
    All,
    Any,
    Cmp,
    Not,
    compare,
    evaluate_tree,
    is_evidence,
    read_condition,
)
from interventions.facts import UNKNOWN, Fact
from interventions.json_reader import Node, RuleError

A, B, C = (Cmp("wrong_on_item", ">=", n) for n in (1, 2, 3))
VALUES = (True, False, None)


def judge(**known):
    return {A: known.get("a"), B: known.get("b"), C: known.get("c")}.__getitem__


@pytest.mark.parametrize(("a", "b"), list(itertools.product(VALUES, VALUES)))
def test_it_follows_the_tables_of_kleene(a, b):
    rank = {False: 0, None: 1, True: 2}
    back = {number: value for value, number in rank.items()}
    assert evaluate_tree(All((A, B)), judge(a=a, b=b)) is back[min(rank[a], rank[b])]
    assert evaluate_tree(Any((A, B)), judge(a=a, b=b)) is back[max(rank[a], rank[b])]
    assert evaluate_tree(Not(A), judge(a=a)) is back[2 - rank[a]]


trees = st.recursive(
    st.sampled_from([A, B, C]),
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(All, st.lists(inner, min_size=1, max_size=3).map(tuple))
        | st.builds(Any, st.lists(inner, min_size=1, max_size=3).map(tuple))
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(trees, *(st.sampled_from(VALUES) for _ in range(3)))
def test_a_known_result_stays_when_more_becomes_known(tree, a, b, c):
    settled = evaluate_tree(tree, judge(a=a, b=b, c=c))
    filled = [(True, False) if value is None else (value,) for value in (a, b, c)]
    for more in itertools.product(*filled):
        later = evaluate_tree(tree, judge(**dict(zip("abc", more, strict=True))))
        assert later is not None
        assert settled is None or later is settled


@pytest.mark.parametrize(
    ("op", "value", "found", "holds"),
    [
        (">=", 2.0, 2, True),
        (">", 2.0, 2, False),
        ("<=", 2.0, 2, True),
        ("<", 2.0, 2, False),
        ("==", 2.0, 2, True),
        (">=", 2.0, UNKNOWN, None),
        ("<", 2.0, UNKNOWN, None),
    ],
)
def test_it_compares_numbers_and_leaves_the_unknown_unknown(op, value, found, holds):
    facts = {"wrong_on_item": Fact(found)}
    assert compare(Cmp("wrong_on_item", op, value), facts, {}) is holds


@pytest.mark.parametrize(
    ("leaf", "shows"),
    [
        (Cmp("wrong_on_item", ">=", 1.0), True),
        (Cmp("wrong_on_item", ">=", 0.0), False),
        (Cmp("wrong_on_item", "<", 1.0), False),
        (Cmp("wrong_on_item", "==", 0.0), False),
        (Cmp("mastery", "<", 0.6), True),
        (Cmp("mastery", ">=", 0.0), False),
        (Cmp("self_stuck", "==", True), True),
        (Cmp("self_stuck", "==", False), False),
        (Cmp("course_idle_s", ">=", 20.0), False),
        (Cmp("confusion", ">=", 0.5), False),
    ],
)
def test_only_an_action_or_a_report_counts_as_evidence(leaf, shows):
    assert is_evidence(leaf) is shows


def nested(depth):
    leaf = {"cmp": ["paused", "==", True]}
    for _ in range(depth - 1):
        leaf = {"not": leaf}
    return leaf


@pytest.mark.parametrize(
    ("tree", "says"),
    [
        (nested(MAX_DEPTH + 1), r"(not\.){6}not: expected at most 7 levels"),
        ({"all": []}, "all: expected at least one part"),
        ({"all": [], "any": []}, "expected exactly one of"),
        ({"xor": []}, "got 'xor'"),
        ({"cmp": ["mood", ">=", 1]}, r"cmp\[0\]: unknown signal 'mood'"),
        ({"cmp": ["wrong_on_item", "=~", 1]}, r"cmp\[1\]: expected one of"),
        ({"cmp": ["paused", ">=", True]}, r"cmp\[1\]: expected one of =="),
        ({"cmp": ["paused", "==", 1]}, r"cmp\[2\]: expected true or false"),
        ({"cmp": ["wrong_on_item", ">=", True]}, r"cmp\[2\]: expected a number"),
        ({"cmp": ["wrong_on_item", ">=", "threshold"]}, r"cmp\[2\]: expected a number"),
        ({"cmp": ["confusion", ">=", 1.1]}, r"cmp\[2\]: expected a number from 0 to 1"),
        ({"cmp": ["wrong_on_item", ">=", float("nan")]}, r"cmp\[2\]: expected a number from"),
        ({"cmp": ["scenario", "==", "exam"]}, r"cmp\[2\]: expected one of course"),
        ({"cmp": ["scenario", "=="]}, "got 2 parts"),
        ({"any": [nested(1), {"cmp": 7}]}, r"any\[1\]\.cmp: expected a list"),
        ([1], "expected an object"),
    ],
)
def test_it_refuses_a_tree_and_says_where(tree, says):
    with pytest.raises(RuleError, match=r"R7\.json: .*" + says):
        read_condition(Node(tree, "R7.json", "when"))


def test_the_deepest_allowed_tree_is_read():
    assert isinstance(read_condition(Node(nested(MAX_DEPTH), "R7.json")), Not)
