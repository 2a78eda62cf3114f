"""Each built-in rule: when it fires, its dwell, what it offers, and its texts."""

from __future__ import annotations

import re
from dataclasses import replace
from importlib import resources

import pytest

from interventions import catalogue
from interventions.engine import evaluate
from interventions.explain import explain
from interventions.facts import UNKNOWN, Fact
from interventions.rule_lint import find_forbidden_words
from interventions.rule_state import EngineState
from interventions.rules import KINDS, load_rules
from tests.fixtures.rule_cases import FLOW, HOP_S, PACK, STUCK, at, lesson, offers, play, sensed

PEOPLE = {"quality": 0.7, "origin": "people"}
TENSE = sensed(0.7, **PEOPLE)
SKILLS = {"skills_known": 7, "skills_in_unit": 10}
# Facts that make each rule fire, the seconds until its offer, and its first kind.
ANSWERS = {
    "R1": (STUCK, 10, "hint"),
    "R2": (lesson(confusion=sensed(0.55), wrong_on_item=1), 20, "hint"),
    "R3": (lesson(confusion=sensed(0.6), replays_here=2, on_quiz=False), 30, "message"),
    "R4": (lesson(opportunities=10, mastery=0.59, right_of_last_5=2), 5, "easier"),
    "R5": (lesson(frustration=sensed(0.6), wrong_streak=3), 15, "worked_step"),
    "R6": (lesson(boredom=sensed(0.6), predicted_success=0.85, fast_right=2), 30, "challenge"),
    "R7": (lesson(boredom=sensed(0.6), mastery=0.59), 45, "message"),
    "R8": (lesson(quick_answers=3, quick_hints=0), 5, "message"),
    "R11": (lesson(active_min=45.0), 5, "break"),
    "R12": (lesson(unlikely_after_help=2), 5, "easier"),
    "R13": (lesson(arousal=TENSE, wrong_on_item=1, **SKILLS), 30, "message"),
    "R14": (lesson(wrong_before_right=3), 5, "message"),
    "R15": (lesson(frustration=sensed(0.6), wrong_streak=2), 30, "adjust"),
    "R16": ({**lesson(self_stuck=False), **FLOW}, 30, "adjust"),
}
GUARDS = {"R9": FLOW, "R10": lesson(away_s=120.0, video_playing=False, tab_hidden=True)}
# One fact less than each rule needs, so that it does not fire.
SHORT = {
    "R1": {"wrong_on_item": 1},
    "R2": {"confusion": sensed(0.54)},
    "R3": {"replays_here": 1},
    "R4": {"right_of_last_5": 3},
    "R5": {"wrong_streak": 2},
    "R6": {"fast_right": 1},
    "R7": {"mastery": 0.6},
    "R8": {"quick_answers": 2},
    "R11": {"active_min": 44.9},
    "R12": {"unlikely_after_help": 1},
    "R13": {"wrong_on_item": 0},
    "R14": {"wrong_before_right": 2},
    "R15": {"wrong_streak": 1},
    "R16": {"correct_streak": 1},
}


def fires(rule, moment, n=14):
    return offers(play([PACK[rule]], [moment] * n))


def test_the_pack_is_whole_and_in_order():
    assert [rule.id for rule in catalogue.load()] == [f"R{n}" for n in range(1, 17)]
    assert set(ANSWERS) | set(GUARDS) == set(PACK)
    assert {rule.probability for rule in PACK.values()} == {1}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_rule_offers_once_after_its_dwell(name):
    moment, seconds, kind = ANSWERS[name]
    assert fires(name, moment) == [(seconds, name)]
    assert seconds == max(PACK[name].dwell_s, HOP_S)
    assert PACK[name].step[0] == kind


@pytest.mark.parametrize("name", SHORT)
def test_a_rule_does_not_fire_with_one_fact_less(name):
    moment = ANSWERS[name][0]
    (signal, value), *_ = SHORT[name].items()
    assert signal in moment
    assert fires(name, {**moment, **lesson(**{signal: value})}) == []


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize(
    "hindrance", [{"scenario": "graded_test"}, {"paused": True}, {"tab_hidden": True}]
)
def test_no_offer_in_a_graded_test_while_paused_or_away(name, hindrance):
    assert fires(name, ANSWERS[name][0] | lesson(**hindrance)) == []


@pytest.mark.parametrize("name", [name for name in ANSWERS if name != "R16"])
def test_a_good_run_is_left_alone_by_every_offer(name):
    rows = play([PACK[name], PACK["R9"]], [{**ANSWERS[name][0], **FLOW}] * 14)
    assert offers(rows) == []


def test_only_harder_questions_come_in_a_good_run():
    rows = play(list(PACK.values()), [ANSWERS["R16"][0]] * 14)
    assert offers(rows) == [(30, "R16")]


def test_a_learner_who_is_away_gets_no_offer():
    facts = {**STUCK, **GUARDS["R10"]}
    careless = replace(PACK["R1"], contraindications=PACK["R1"].contraindications[:2])
    assert offers(play([careless], [facts] * 4)) == [(10, "R1")]
    rows = play([careless, PACK["R10"]], [facts] * 4)
    assert offers(rows) == []
    assert (rows[-1].trace[0].held, rows[-1].trace[0].held_by) == ("suppressed", "R10")
    assert not PACK["R10"].step
    watching = {**facts, "video_playing": Fact(True)}
    assert offers(play([careless, PACK["R10"]], [watching] * 4)) == [(10, "R1")]


@pytest.mark.parametrize(
    ("arousal", "made"),
    [
        (TENSE, True),
        (sensed(0.7, quality=0.7, origin="simulated"), False),
        (sensed(0.7, quality=0.7), False),
        (sensed(0.7, quality=0.69, origin="people"), False),
        (sensed(0.64, **PEOPLE), False),
        (Fact(UNKNOWN, source="sensed"), False),
    ],
)
def test_r13_reads_only_models_trained_on_people_at_good_quality(arousal, made):
    moment = {**ANSWERS["R13"][0], "arousal": arousal}
    assert bool(fires("R13", moment)) is made


@pytest.mark.parametrize(
    ("beside", "made"),
    [
        ({"hesitation": True}, False),
        ({"eda_rise": True}, False),
        ({"hesitation": True, "eda_rise": True}, False),
        ({"hints_open": 1}, False),
        ({"hesitation": True, "hints_open": 1}, True),
        ({"eda_rise": True, "wrong_streak": 1}, True),
        ({"hesitation": True, "self_stuck": True}, True),
    ],
)
def test_r13_accepts_hesitation_only_with_an_action_or_a_report(beside, made):
    body = {
        name: sensed(value) for name, value in beside.items() if value is True and "_st" not in name
    }
    moment = lesson(arousal=TENSE, wrong_on_item=0, **SKILLS, **{**beside, **body})
    assert bool(fires("R13", moment)) is made


def test_r13_says_the_true_figure_or_nothing():
    why = explain(PACK["R13"], ANSWERS["R13"][0], "message")
    assert why.lead == "You probably know seven of the ten skills in this unit."
    assert fires("R13", lesson(arousal=TENSE, wrong_on_item=1)) == []


def test_r13_lists_an_estimate_trained_on_simulated_people_as_not_used():
    facts = {**ANSWERS["R13"][0], "arousal": sensed(0.7, quality=0.9, origin="simulated")}
    missing = explain(PACK["R13"], facts, "message").missing
    assert "tense or excited (trained on simulated people)" in " ".join(missing)


@pytest.mark.parametrize(
    ("name", "scenario", "signal", "enough", "more"),
    [
        ("R2", "discussion", "confusion", sensed(0.6), sensed(0.65)),
        ("R13", "practice_test", "arousal", TENSE, sensed(0.75, **PEOPLE)),
    ],
)
def test_a_practice_test_and_a_discussion_ask_for_more_than_a_lesson(
    name, scenario, signal, enough, more
):
    rule = PACK[name]
    moment = {**ANSWERS[name][0], signal: enough}
    assert fires(name, moment) == [(rule.dwell_s, name)]
    assert fires(name, {**moment, "scenario": Fact(scenario)}) == []
    sure = {**moment, "scenario": Fact(scenario), signal: more}
    assert fires(name, sure) == [(rule.dwell_s, name)]
    (guess,) = explain(rule, sure, rule.step[0]).estimated
    assert guess.threshold == more.value


def test_no_rule_has_thresholds_for_a_practice_test_without_help_there():
    offering = [rule for rule in PACK.values() if "practice_test" in rule.scenarios]
    assert [rule.id for rule in offering] == ["R13"]
    assert all({"break", *rule.practice_kinds} & set(rule.step) for rule in offering)


@pytest.mark.parametrize("name", ["R4", "R12", "R14"])
def test_some_rules_fire_once_a_day_on_each_skill(name):
    arming = {name: EngineState("arming", at(-60), seen=at(-5), fired=(at(-4000),))}
    spent = evaluate(ANSWERS[name][0], [PACK[name]], arming, at(0), on_skill={name: 1})
    assert (spent.proposals, spent.trace[0].held) == ((), "cap")
    # The offer above was about another skill.
    other = evaluate(ANSWERS[name][0], [PACK[name]], arming, at(0))
    assert [made.id for made in other.proposals] == [name]


@pytest.mark.parametrize("name", ANSWERS)
def test_every_card_of_the_catalogue_uses_allowed_words(name):
    rule, facts = PACK[name], ANSWERS[name][0]
    for kind in rule.step:
        assert kind in KINDS
        why = explain(rule, facts, kind, skill="Slope of a line")
        behaviour = [why.heading, why.lead, *why.course]
        hedged = [why.waits, why.probability, *(guess.text for guess in why.estimated)]
        assert not [text for text in behaviour if find_forbidden_words(text, behaviour_only=True)]
        assert not [text for text in hedged if find_forbidden_words(text, behaviour_only=False)]
        assert not [text for text in hedged + behaviour if re.search(r"[{}]|\bsome\b|  ", text)]
        assert why.lead
        assert all(text.endswith((".", "?")) for text in [*behaviour, why.waits])


def test_a_sensed_flag_is_shown_as_a_hedged_range_without_a_figure():
    facts = {**ANSWERS["R13"][0], "hesitation": sensed(True), "hints_open": Fact(1)}
    _, guess = explain(PACK["R13"], facts, "message").estimated
    assert guess.text.endswith("than nine in ten of yours. This can be wrong.")
    assert (guess.low, guess.high, guess.threshold) == (0.5, 1.0, 0.5)
    assert "%" not in guess.text


def test_the_shipped_numbers_are_those_of_the_rule_pack():
    waits = [10, 20, 30, 0, 15, 30, 45, 0, 0, 0, 0, 0, 30, 0, 30, 30]
    rests = [120, 180, 300, 0, 300, 600, 600, 120, 0, 600, 2700, 0, 600, 0, 600, 600]
    assert [rule.dwell_s for rule in PACK.values()] == waits
    assert [rule.cooldown_s for rule in PACK.values()] == rests
    assert (dict(PACK["R2"].enter), dict(PACK["R2"].exit)) == (
        {"confusion": 0.55},
        {"confusion": 0.4},
    )
    assert {PACK[name].cap.per for name in ("R4", "R12", "R14")} == {"skill"}
    r9 = PACK["R9"]
    assert [r9.silences(PACK[name]) for name in ("R1", "R2", "R9", "R16")] == [
        True,
        True,
        False,
        False,
    ]


def test_rules_are_ordered_by_number_and_not_alphabetically(tmp_path):
    for name in ("R10", "R2"):
        text = (resources.files(catalogue) / f"{name}.json").read_text("utf-8")
        (tmp_path / f"{name}.json").write_text(text, "utf-8")
    assert [rule.id for rule in load_rules(tmp_path)] == ["R2", "R10"]
