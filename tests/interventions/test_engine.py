"""Rules wait, lapse, rest and count: which fire, which do not, and what the trace contains."""

from __future__ import annotations

import pytest

from interventions import rules
from interventions.engine import evaluate
from interventions.facts import UNKNOWN, Fact
from interventions.json_reader import Node
from interventions.rule_state import EngineState
from interventions.signals import SignalError
from tests.fixtures.changed_rules import change_rule
from tests.fixtures.rule_cases import (
    CONFUSED,
    FINE,
    FLOW,
    NOTHING,
    PACK,
    STUCK,
    at,
    lesson,
    offers,
    play,
    sensed,
)

R1, R2, R9 = PACK["R1"], PACK["R2"], PACK["R9"]
ALL = (R1, R2, R9)


def one(facts, rule=R1, states=None, seconds=0.0):
    """Evaluate one rule once and return its trace."""
    return evaluate(facts, [rule], states or {}, at(seconds)).trace[0]


@pytest.mark.parametrize(
    ("moments", "made"),
    [
        pytest.param([STUCK] * 6, [(10, "R1")], id="after its dwell, once"),
        pytest.param([STUCK] * 2, [], id="not before its dwell"),
        pytest.param([STUCK, STUCK, FINE, STUCK, STUCK, FINE], [], id="it passed by itself"),
        pytest.param([STUCK, FINE, STUCK, STUCK, STUCK], [(20, "R1")], id="dwell begins anew"),
        pytest.param([FINE] * 6, [], id="nothing the matter"),
        pytest.param([{**STUCK, "wrong_on_item": Fact(1)}] * 6, [], id="one wrong answer"),
        pytest.param([{**STUCK, "course_idle_s": Fact(19.9)}] * 6, [], id="still busy"),
        pytest.param(
            [lesson(wrong_on_item=2, course_idle_s=1.0, rewinds_60s=2)] * 6,
            [(10, "R1")],
            id="busy going back in the video",
        ),
        pytest.param(
            [lesson(wrong_on_item=3, rewinds_60s=2)] * 6, [(10, "R1")], id="idle time not known"
        ),
        pytest.param([{**STUCK, "wrong_on_item": NOTHING}] * 6, [], id="answers not known"),
        pytest.param([{**STUCK, "paused": Fact(True)}] * 6, [], id="paused"),
        pytest.param([{**STUCK, "paused": NOTHING}] * 6, [], id="pause not known"),
        pytest.param([{**STUCK, "scenario": Fact("graded_test")}] * 6, [], id="graded test"),
        pytest.param(
            [{**STUCK, "scenario": Fact("practice_test")}] * 6, [(10, "R1")], id="practice test"
        ),
    ],
)
def test_r1_offers_when_someone_is_stuck_on_a_question(moments, made):
    assert offers(play([R1], moments)) == made


@pytest.mark.parametrize(
    ("moments", "made"),
    [
        pytest.param([CONFUSED] * 9, [(20, "R2")], id="after its dwell, once"),
        pytest.param([CONFUSED] * 4, [], id="not before its dwell"),
        pytest.param(
            [CONFUSED, *[{**CONFUSED, "confusion": sensed(0.45)}] * 5],
            [(20, "R2")],
            id="hysteresis",
        ),
        pytest.param([{**CONFUSED, "confusion": sensed(0.54)}] * 9, [], id="never entered"),
        pytest.param(
            [CONFUSED, CONFUSED, {**CONFUSED, "confusion": sensed(0.39)}, *[CONFUSED] * 4],
            [],
            id="exit before the dwell",
        ),
        pytest.param([{**CONFUSED, "wrong_on_item": Fact(0)}] * 9, [], id="a face alone"),
        pytest.param(
            [lesson(confusion=sensed(0.6), self_stuck=True)] * 9, [(20, "R2")], id="said stuck"
        ),
        pytest.param(
            [{**CONFUSED, "confusion": Fact(0.7, source="self")}] * 9,
            [(20, "R2")],
            id="said confused, nothing sensed",
        ),
        pytest.param([{**CONFUSED, "confusion": sensed(0.9, 0.59)}] * 9, [], id="poor picture"),
        pytest.param([{**CONFUSED, "confusion": NOTHING}] * 9, [], id="it abstains"),
        pytest.param(
            [*[CONFUSED] * 3, {**CONFUSED, "confusion": NOTHING}, *[CONFUSED] * 4],
            [],
            id="not known in between starts the dwell anew",
        ),
    ],
)
def test_r2_offers_on_lasting_confusion_with_an_action(moments, made):
    assert offers(play([R2], moments)) == made


def test_r9_suppresses_offers_during_a_good_run_and_not_after():
    rows = play(ALL, [*[{**STUCK, **FLOW}] * 5, STUCK])
    assert offers(rows) == [(25, "R1")]
    assert (rows[4].trace[0].held, rows[4].trace[0].held_by) == ("suppressed", "R9")


@pytest.mark.parametrize(
    "flow",
    [
        {"engaged": NOTHING, "correct_streak": Fact(5)},
        {"engaged": sensed(0.69), "correct_streak": Fact(5)},
        {"engaged": sensed(0.9, 0.3), "correct_streak": Fact(5)},
        {"engaged": sensed(0.9), "correct_streak": Fact(2)},
    ],
)
def test_r9_does_not_guard_what_is_not_known_to_be_a_good_run(flow):
    assert offers(play(ALL, [{**STUCK, **flow}] * 3)) == [(10, "R1")]


def test_r9_guards_from_the_first_moment_and_proposes_nothing_itself():
    rows = play(ALL, [STUCK, STUCK, {**STUCK, **FLOW}, {**STUCK, **FLOW}])
    assert offers(rows) == []
    assert rows[2].trace[0].held == "suppressed"
    assert rows[3].states["R9"].phase == "active"


def test_a_ready_rule_waits_during_quiet_and_then_fires_at_once():
    before = play([R1], [STUCK] * 2)[-1].states
    held = evaluate(STUCK, [R1], before, at(10), quiet=True)
    assert (held.proposals, held.trace[0].held) == ((), "quiet")
    assert held.states["R1"].phase == "arming"
    assert [each.id for each in evaluate(STUCK, [R1], held.states, at(15)).proposals] == ["R1"]


def test_a_critical_rule_fires_in_a_good_run():
    critical = rules.read_rule(Node(change_rule(critical=True), "R1.json"))
    assert offers(play([critical, R9], [{**STUCK, **FLOW}] * 3)) == [(10, "R1")]


def test_it_rests_for_its_cooldown_after_the_episode():
    moments = [STUCK] * 3 + [FINE] + [STUCK] * 40
    rows = play([R1], moments)
    # Condition ends at 15 s, cooling to 135 s, idle then, arming at 140 s, active at 150 s.
    assert offers(rows) == [(10, "R1"), (150, "R1")]
    assert rows[26].trace[0].held == "cooldown"
    assert rows[27].states["R1"].phase == "idle"


def test_one_episode_is_offered_once_however_long_it_lasts():
    assert offers(play([R1], [STUCK] * 400)) == [(10, "R1")]


def test_an_offer_of_any_rule_holds_back_the_others_for_90_seconds():
    both = {**CONFUSED, **STUCK}
    rows = play([R1, R2], [both] * 24)
    assert offers(rows) == [(10, "R1"), (100, "R2")]
    assert rows[5].trace[1].held == "global_cooldown"


def test_of_two_due_rules_the_first_fires_and_the_other_waits():
    states = {rule.id: EngineState("arming", at(-60), seen=at(-5)) for rule in (R1, R2)}
    row = evaluate({**CONFUSED, **STUCK}, [R2, R1], states, at(0))
    assert [made.id for made in row.proposals] == ["R1"]
    assert row.states["R2"].phase == "arming"
    trace = {part.rule: part for part in row.trace}
    assert (trace["R2"].held, trace["R2"].held_by) == ("priority", "R1")


def ready(**more):
    return {"R1": EngineState("arming", at(-60), seen=at(-5), **more)}


@pytest.mark.parametrize(
    ("others", "held"),
    [
        ([-100, -200, -300], ""),
        ([-100, -200, -300, -1799], "cap"),
        ([-100, -200, -300, -1800], ""),
        ([-90], ""),
        ([-89], "global_cooldown"),
    ],
)
def test_a_learner_gets_at_most_four_offers_in_half_an_hour(others, held):
    # R2 is not on here; its offers still count.
    states = ready() | {"R2": EngineState("idle", at(-60), fired=tuple(map(at, others)))}
    row = evaluate(STUCK, [R1], states, at(0))
    assert row.trace[0].held == held
    assert bool(row.proposals) is (held == "")
    assert row.states["R2"] is states["R2"]


def test_a_rule_keeps_its_own_cap():
    capped = rules.read_rule(
        Node(change_rule(cap={"offers": 1, "per_s": 7200, "per": "rule"}), "R1.json")
    )
    row = evaluate(STUCK, [capped], ready(fired=(at(-7100),)), at(0))
    assert (row.proposals, row.trace[0].held) == ((), "cap")
    row = evaluate(STUCK, [capped], ready(fired=(at(-7200),)), at(0))
    assert len(row.proposals) == 1
    assert row.states["R1"].fired == (at(0),)


def test_the_offers_a_cap_still_looks_at_are_kept():
    row = evaluate(STUCK, [R1], ready(fired=(at(-1900), at(-1000))), at(0))
    assert row.states["R1"].fired == (at(-1000), at(0))


def test_a_restart_does_not_fire_again():
    rows = play([R1], [STUCK] * 3)
    again = play([R1], [STUCK] * 10, states=dict(rows[-1].states), first_s=15)
    assert offers(rows) == [(10, "R1")]
    assert offers(again) == []


def test_the_same_window_again_gives_the_same_and_an_older_one_changes_nothing():
    rows = play([R1], [STUCK] * 4)
    repeat = evaluate(STUCK, [R1], rows[2].states, at(10))
    assert (repeat.proposals, repeat.states) == (rows[2].proposals, rows[2].states)
    older = evaluate(FINE, [R1], rows[3].states, at(0))
    assert (older.proposals, older.states, older.trace[0].held) == ((), rows[3].states, "seen")


def test_the_same_window_again_moves_no_rule_a_second_step():
    guard = {**FINE, **FLOW}
    rows = play([R9], [guard, guard, FINE])
    assert rows[2].states["R9"].phase == "cooling"
    assert evaluate(FINE, [R9], rows[2].states, at(10)).states == rows[2].states


def test_a_dwell_restarts_after_missed_windows():
    arming = evaluate(STUCK, [R1], {}, at(0)).states
    row = evaluate(STUCK, [R1], arming, at(16))
    assert row.proposals == ()
    assert row.states["R1"] == EngineState("arming", at(16), seen=at(16))
    close = evaluate(STUCK, [R1], arming, at(15))
    assert len(close.proposals) == 1


def test_the_trace_names_what_was_missing():
    trace = one(lesson(confusion=NOTHING, wrong_on_item=1, rewinds_60s=0), R2)
    assert trace.truth is None
    assert trace.missing == ("confusion", "self_stuck", "self_confusion")
    assert trace.evidence == ("wrong_on_item",)


def test_the_trace_names_a_poor_signal_and_an_unclear_contraindication_as_missing():
    facts = {**CONFUSED, "confusion": sensed(0.9, 0.2), "paused": NOTHING}
    assert one(facts, R2).missing == ("confusion", "paused")


def test_the_trace_names_what_held_a_rule_back():
    trace = one({**STUCK, "scenario": Fact("graded_test")})
    assert (trace.truth, trace.held, trace.held_by) == (True, "contraindicated", "scenario")


def test_too_little_evidence_holds_a_rule_back():
    strict = rules.read_rule(Node(change_rule(evidence_min=2), "R1.json"))
    assert one(STUCK, strict).held == "evidence"
    twofold = {**STUCK, "rewinds_60s": Fact(2)}
    assert offers(play([strict], [STUCK] * 4)) == []
    assert offers(play([strict], [twofold] * 4)) == [(10, "R1")]


def test_an_action_against_a_rule_is_no_evidence_for_it():
    unless = {
        "any": [
            {"not": {"cmp": ["hints_open", ">=", 1]}},
            {"cmp": ["course_idle_s", ">=", 20]},
        ]
    }
    rule = rules.read_rule(Node(change_rule(when=unless, explain__lead="Look again."), "R1.json"))
    trace = one({**STUCK, "hints_open": Fact(1)}, rule)
    assert (trace.truth, trace.evidence, trace.held) == (True, (), "evidence")


def test_an_offer_no_longer_fits_once_paused():
    rows = play([R1], [*[STUCK] * 3, {**STUCK, "paused": Fact(True)}])
    assert rows[-1].states["R1"].phase == "cooling"


def test_a_proposal_carries_what_the_log_needs():
    made = play([R1], [STUCK] * 3)[-1].proposals[0]
    assert (made.id, made.version, made.kinds) == ("R1", 2, ("hint", "worked_step"))
    assert (made.probability, made.evidence) == (1, ("wrong_on_item",))


def test_it_refuses_facts_that_are_not_in_the_list():
    with pytest.raises(SignalError, match="unknown signal 'mood'"):
        evaluate({"mood": Fact(UNKNOWN)}, [R1], {}, at(0))
