"""The Learner's own word fulfils the comparison of a state in every rule, as an estimate would."""

from __future__ import annotations

import pytest

from interventions.engine import evaluate
from interventions.explain import explain
from interventions.facts import Fact, get_fact
from interventions.rule_state import EngineState
from interventions.signals import SIGNALS
from tests.fixtures.rule_cases import HOP_S, PACK, at, lesson, offers, play
from tests.interventions.test_catalogue import ANSWERS, SHORT

STATES = [name for name, signal in SIGNALS.items() if {"sensed", "self"} == set(signal.sources)]
SCENES = ("course", "practice_test", "discussion")
# What a learner says to be in the state of a rule.
WORD_OF = {"engaged": "interest"}


def list_states(rule):
    return sorted({leaf for leaf in rule.program.signals if leaf in STATES})


NAMING = [
    (rule.id, state) for rule in PACK.values() for state in list_states(rule) if rule.id in ANSWERS
]


def say(moment, state):
    """Return the moment with the word in place of all that was sensed."""
    word = WORD_OF.get(state, state)
    words = {f"self_{name}": Fact(name == word, 10.0, "self") for name in STATES[:-1]}
    felt = {name: Fact(float(name in (word, state)), 10.0, "self") for name in STATES}
    return {**{n: f for n, f in moment.items() if f.source != "sensed"}, **felt, **words}


def test_the_rules_that_name_a_state_are_swept():
    assert STATES[-1] == "engaged"
    assert {name for name, _ in NAMING} == {"R2", "R3", "R5", "R6", "R7", "R15", "R16"}
    assert len(NAMING) == 8


@pytest.mark.parametrize(("name", "state"), NAMING)
@pytest.mark.parametrize("scene", SCENES)
def test_the_word_and_the_deeds_propose_help(name, state, scene):
    moment = {**say(ANSWERS[name][0], state), "scenario": Fact(scene)}
    made = offers(play([PACK[name]], [moment] * 14))
    assert made == [(max(PACK[name].dwell_s, HOP_S), name)]


@pytest.mark.parametrize(("name", "state"), NAMING)
def test_the_word_meets_a_threshold_however_often_help_was_dismissed(name, state):
    moment = say(ANSWERS[name][0], state)
    careful = {name: EngineState("idle", at(-900), None, (), 9, at(-60))}
    assert careful[name].threshold_raise(at(0)) == 0.15
    found = evaluate(moment, [PACK[name]], careful, at(0))
    assert found.states[name].phase == "arming"


@pytest.mark.parametrize(("name", "state"), NAMING)
def test_the_reason_names_the_word_and_no_estimate(name, state):
    rule, moment = PACK[name], say(ANSWERS[name][0], state)
    why = explain(rule, moment, rule.step[0], predictor="prior", digest="d")
    assert SIGNALS[state].says["self"] in why.said
    assert (why.estimated, why.predictor, why.digest) == ((), "", "")
    named = ("You said", "Your last", "You replayed this part")
    assert any(each in why.lead for each in named)
    assert why.lead.count(SIGNALS[state].says["self"]) <= 1


# R2 accepts the word as the deed too: in a discussion there is no other.
@pytest.mark.parametrize(("name", "state"), [row for row in NAMING if row[0] != "R2"])
def test_the_word_without_the_deeds_proposes_nothing(name, state):
    moment = say({**ANSWERS[name][0], **lesson(**SHORT[name])}, state)
    if name in ("R6", "R16"):
        moment |= {"on_quiz": Fact(True)}
    assert offers(play([PACK[name]], [moment] * 14)) == []


@pytest.mark.parametrize(("name", "state"), NAMING)
def test_another_word_replaces_an_estimate_of_the_state(name, state):
    other = "distraction"
    moment = say(ANSWERS[name][0], other)
    assert get_fact(moment, state).value == 0.0
    assert offers(play([PACK[name]], [moment] * 14)) == []


def test_a_word_alone_is_enough_for_r2_and_nothing_sensed_is():
    said = {**say(lesson(wrong_on_item=0, rewinds_60s=0), "confusion")}
    assert offers(play([PACK["R2"]], [said] * 14)) == [(20, "R2")]
    sensed = {name: fact for name, fact in ANSWERS["R2"][0].items() if fact.source == "sensed"}
    quiet = lesson(wrong_on_item=0, rewinds_60s=0, self_stuck=False, self_confusion=False)
    assert sensed
    assert offers(play([PACK["R2"]], [{**quiet, **sensed}] * 14)) == []


BREATHLESS = {"skills_known": 7, "skills_in_unit": 10}


@pytest.mark.parametrize(
    ("beside", "made"),
    [
        ({"self_frustration": True, "wrong_streak": 2}, True),
        ({"self_stuck": True, "wrong_streak": 2}, True),
        ({"self_anxiety": True, "wrong_streak": 2}, True),
        ({"self_anxiety": True, "wrong_streak": 1}, False),
        ({"self_anxiety": True, "scenario": "practice_test", "wrong_streak": 0}, True),
        ({"self_anxiety": True, "scenario": "graded_test", "wrong_streak": 5}, False),
        ({"self_confidence": True, "scenario": "practice_test", "wrong_streak": 5}, False),
        ({"self_frustration": True, "wrong_streak": 1}, False),
        ({"self_frustration": False, "self_stuck": False, "wrong_streak": 5}, False),
        ({"self_stuck": True, "scenario": "practice_test", "wrong_streak": 0}, True),
        ({"self_stuck": True, "scenario": "graded_test", "wrong_streak": 5}, False),
        ({"self_stuck": True, "wrong_streak": 2, "skills_known": 0}, False),
    ],
)
def test_r13_comes_from_words_and_answers_where_nothing_is_sensed(beside, made):
    moment = lesson(**{**BREATHLESS, **beside})
    assert bool(offers(play([PACK["R13"]], [moment] * 14))) is made


def test_r13_begins_with_the_word_and_ends_with_what_is_known():
    moment = lesson(self_frustration=True, self_stuck=False, wrong_streak=2, **BREATHLESS)
    why = explain(PACK["R13"], moment, "message")
    known = "You probably know seven of the ten skills in this unit."
    assert why.lead == f"You said this is frustrating. {known}"
    anxious = {**moment, **lesson(self_frustration=False, self_anxiety=True)}
    assert explain(PACK["R13"], anxious, "message").lead == f"You said you are anxious. {known}"
    stuck = {**moment, **lesson(self_frustration=False, self_stuck=True)}
    assert explain(PACK["R13"], stuck, "message").lead == f"You said you are stuck. {known}"


def test_r5_names_the_feeling_only_if_the_learner_did():
    moment = ANSWERS["R5"][0]
    said = explain(PACK["R5"], say(moment, "frustration"), "worked_step")
    assert said.lead == "You said this is frustrating. Let’s break it down."
    guessed = explain(PACK["R5"], moment, "worked_step")
    assert guessed.lead.startswith("Your last three answers were not correct.")
    assert "frustrat" not in guessed.lead + guessed.heading
