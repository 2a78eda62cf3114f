"""Properties of every history of facts: order, purity, repetition, no act on unknown facts."""

from __future__ import annotations

import copy
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from interventions.engine import GLOBAL_CAP, GLOBAL_CAP_S, GLOBAL_COOLDOWN_S, evaluate
from interventions.facts import UNKNOWN, Fact
from interventions.rule_state import NEXT_PHASES, EngineState
from tests.fixtures.rule_cases import HOP_S, PACK, at, play
from tests.fixtures.rule_histories import moments, spread, stretches, unhurried

RULES = (PACK["R1"], PACK["R2"], PACK["R9"])
moment_gaps = st.lists(st.sampled_from([1, 5, 5, 5, 60]), min_size=1, max_size=40)


@unhurried
@given(stretches)
def test_states_never_skip(steps):
    phases = [{rule.id: "idle" for rule in RULES}]
    for row in play(RULES, spread(steps)):
        phases.append({name: state.phase for name, state in row.states.items()})
    for before, after in itertools.pairwise(phases):
        for name in before:
            assert after[name] in (before[name], *NEXT_PHASES[before[name]])


@unhurried
@given(stretches)
def test_evaluating_is_pure_and_repeatable(steps):
    states: dict[str, EngineState] = {}
    for number, facts in enumerate(spread(steps)):
        kept = copy.deepcopy((facts, states))
        row = evaluate(facts, RULES, states, at(HOP_S * number))
        assert (facts, states) == kept
        assert evaluate(facts, RULES, states, at(HOP_S * number)) == row
        again = evaluate(facts, RULES, row.states, at(HOP_S * number))
        assert (again.proposals, again.states) == (row.proposals, row.states)
        states = dict(row.states)


@unhurried
@given(stretches)
def test_caps_and_pauses_between_offers_hold(steps):
    rows = play(RULES, spread(steps))
    fired = [HOP_S * number for number, row in enumerate(rows) for _ in row.proposals]
    assert all(len(row.proposals) <= 1 for row in rows)
    assert all(b - a >= GLOBAL_COOLDOWN_S for a, b in itertools.pairwise(fired))
    assert all(
        len([second for second in fired if first <= second < first + GLOBAL_CAP_S]) <= GLOBAL_CAP
        for first in fired
    )


@unhurried
@given(stretches)
def test_unknown_never_fires(steps):
    """Every proposal would also be made on the known facts alone."""
    for facts, row in zip(spread(steps), play(RULES, spread(steps)), strict=True):
        for made in row.proposals:
            trace = next(part for part in row.trace if part.rule == made.id)
            assert trace.truth is True
            assert made.evidence
            assert facts["paused"].value is False
            assert facts["scenario"].value == "course"
            if made.id == "R2":
                confusion = facts["confusion"]
                assert confusion.value is not UNKNOWN
                assert confusion.quality >= 0.6


@unhurried
@given(st.lists(st.sets(st.sampled_from(["wrong_on_item", "confusion", "paused"])), min_size=1))
def test_removing_known_facts_never_makes_a_rule_fire(hidden):
    full = {
        "scenario": Fact("course"),
        "paused": Fact(False),
        "tab_hidden": Fact(False),
        "self_got_it": Fact(False, source="self"),
        "wrong_on_item": Fact(2),
        "course_idle_s": Fact(30.0),
        "confusion": Fact(0.9, source="sensed"),
    }
    blinded = [{name: row for name, row in full.items() if name not in names} for names in hidden]
    for names, row in zip(hidden, play(RULES, blinded), strict=True):
        made = {proposal.id for proposal in row.proposals}
        assert not (made and names & {"wrong_on_item", "paused"})
        assert not ("R2" in made and "confusion" in names)


@unhurried
@given(moments, moment_gaps)
def test_no_offer_comes_before_its_dwell_was_observed(facts, gaps):
    states: dict[str, EngineState] = {}
    now, steady_since = 0.0, {rule.id: 0.0 for rule in RULES}
    for gap in gaps:
        now += gap
        if gap > 15:
            steady_since = dict.fromkeys(steady_since, now)
        row = evaluate(facts, RULES, states, at(now))
        for made in row.proposals:
            rule = next(rule for rule in RULES if rule.id == made.id)
            assert now - steady_since[made.id] >= rule.dwell_s
        states = dict(row.states)


def test_the_histories_reach_every_phase_and_fire_both_rules():
    """Guard: the properties above mean nothing for histories in which nothing happens."""
    seen: set[tuple[str, str]] = set()

    @settings(unhurried, derandomize=True)
    @given(stretches)
    def walk(steps):
        for row in play(RULES, spread(steps)):
            seen.update((name, state.phase) for name, state in row.states.items())

    walk()
    missed = {(rule.id, phase) for rule in RULES for phase in NEXT_PHASES} - seen
    assert not missed


@pytest.mark.parametrize(("phase", "to"), [("idle", "active"), ("active", "idle")])
def test_a_state_refuses_to_skip(phase, to):
    with pytest.raises(ValueError, match="expected"):
        EngineState(phase, at(0)).move_to(to, at(5), 60)
