"""Bounds from course actions alone hold for every feeling, and reveal nothing about them."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from interventions.bounds import START, RuleBounds, bound_rule, is_sensitive
from interventions.conditions import All, Any, Cmp, Not
from interventions.facts import UNKNOWN, Fact
from interventions.replay import ReplayMoment, replay
from tests.fixtures.rule_cases import PACK, at

DEEDS = (Cmp("wrong_on_item", ">=", 2), Cmp("course_idle_s", ">=", 20.0))
FELT = (
    Cmp("confusion", ">=", "threshold"),
    Cmp("confusion", "<", 0.4),
    Cmp("engaged", "<=", 0.5, "people"),
    Cmp("hesitation", "==", True),
    Cmp("self_confusion", "==", True),
    Cmp("self_got_it", "==", True),
)
leaf = st.sampled_from([*DEEDS, *FELT])
trees = st.recursive(
    leaf,
    lambda part: st.one_of(
        part.map(Not),
        st.lists(part, min_size=1, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(part, min_size=1, max_size=3).map(lambda parts: Any(tuple(parts))),
    ),
    max_leaves=8,
)
against = st.lists(
    st.sampled_from([Cmp("self_got_it", "==", True), Cmp("confusion", ">=", 0.8)]), unique=True
)
FELT_FACTS = {
    "confusion": (0.2, 0.5, 0.65, 0.9),
    "engaged": (0.1, 0.6),
}


@st.composite
def rules(draw):
    limits = {"confusion": draw(st.sampled_from([0.5, 0.7]))}
    return replace(
        PACK["R1"],
        when=draw(trees),
        enter=limits,
        exit={"confusion": 0.45},
        scenarios={},
        dwell_s=float(draw(st.sampled_from([0, 5, 20]))),
        cooldown_s=0.0,
        contraindications=tuple(draw(against)),
        evidence_min=draw(st.integers(0, 1)),
    )


def deeds(rng: random.Random, count: int) -> list[ReplayMoment]:
    found, now = [], 0.0
    wrong, idle = 0, 1.0
    for _ in range(count):
        now += rng.choice([5, 5, 5, 5, 5, 60])
        if rng.random() < 0.3:
            wrong, idle = rng.choice([0, 2, 2]), rng.choice([1.0, 25.0])
        kinds = frozenset(PACK["R1"].step) if rng.random() < 0.95 else frozenset()
        facts = {"wrong_on_item": Fact(wrong), "course_idle_s": Fact(idle)}
        found.append(ReplayMoment(at(now), facts, kinds))
    return found


def lived(moments, rng: random.Random, *, pressed: bool) -> list[ReplayMoment]:
    """Return the same actions with feelings and reports."""
    facts = {}
    found = []
    for moment in moments:
        if rng.random() < 0.4 or not facts:
            facts = {
                name: Fact(
                    rng.choice([*values, UNKNOWN]),
                    source="sensed",
                    quality=0.9,
                    origin=rng.choice(["people", "simulated"]),
                )
                for name, values in FELT_FACTS.items()
            }
            facts["hesitation"] = Fact(rng.choice([True, False]), source="sensed")
            facts["self_confusion"] = Fact(rng.random() < 0.3, source="self")
            facts["self_got_it"] = Fact(pressed and rng.random() < 0.3, source="self")
        found.append(replace(moment, facts={**moment.facts, **facts}))
    return found  # fmt: skip


unhurried = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@unhurried
@given(rules(), st.integers(0, 10**6))
def test_feelings_never_change_the_bounds_and_results_lie_within(rule, seed):
    rng = random.Random(seed)
    moments = deeds(rng, 40)
    found = bound_rule(moments, rule)
    for pressed in (False, True, False):
        lives = lived(moments, rng, pressed=pressed)
        fired = bool(replay(lives, [rule]).fired)

        assert bound_rule(lives, rule) == found
        assert found.may or not fired
        assert pressed or fired or not found.must


@unhurried
@given(rules(), st.integers(0, 10**6), st.integers(0, 40))
def test_bounds_of_parts_equal_those_of_the_whole(rule, seed, cut):
    moments = deeds(random.Random(seed), 40)

    parts = bound_rule(moments[cut:], rule, before=bound_rule(moments[:cut], rule))

    assert parts == bound_rule(moments, rule)


@given(st.integers(0, 10**6))
def test_without_free_comparisons_the_bounds_equal_the_replay(seed):
    rule = replace(PACK["R1"], when=DEEDS[0], contraindications=(), dwell_s=10.0)
    moments = deeds(random.Random(seed), 40)
    found = bound_rule(moments, rule)

    fired = bool(replay(moments, [rule]).fired)

    assert (found.must, found.may) == (fired, fired)


def test_an_estimate_that_no_rule_may_read_stays_unknown():
    rule = replace(PACK["R1"], when=Cmp("hesitation", "==", True), evidence_min=0,
                   contraindications=(), dwell_s=0.0)  # fmt: skip
    moments = [ReplayMoment(at(5 * n), {}, frozenset(rule.step)) for n in range(3)]

    assert bound_rule(moments, rule).may
    assert not bound_rule(moments, rule, estimates=False).may


@pytest.mark.parametrize(
    ("when", "sensitive"),
    [
        (DEEDS[0], False),
        (Cmp("self_stuck", "==", True), False),
        (Not(All((Not(FELT[1]), DEEDS[0]))), True),
        (Any((DEEDS[0], FELT[4])), True),
    ],
)
def test_a_rule_is_sensitive_in_any_form_of_its_condition(when, sensitive):
    rule = replace(PACK["R1"], when=when, contraindications=())

    assert is_sensitive(rule) == sensitive
    assert is_sensitive(replace(rule, contraindications=(FELT[5],)))


def test_without_moments_nothing_fires():
    assert (START.must, START.may) == (False, False)
    assert bound_rule([], PACK["R1"]) == RuleBounds()
