"""No flawed rule loads, and the error names the file and the path."""

from __future__ import annotations

import json

import pytest

from interventions import rules
from interventions.conditions import Cmp
from interventions.json_reader import Node, RuleError
from interventions.signals import SIGNALS
from tests.fixtures.changed_rules import SHIPPED, change_rule
from tests.fixtures.rule_cases import PACK

CONFUSED = {"cmp": ["confusion", ">=", 0.6]}
WRONG = {"cmp": ["wrong_on_item", ">=", 1]}


def asks(**needs):
    """Return a condition with requirements on an estimate, next to an action."""
    return {"all": [WRONG, {"cmp": ["arousal", ">=", 0.6, needs]}]}


def test_a_rule_that_moves_difficulty_says_which_way_and_no_other_does():
    silent = change_rule("R15")
    del silent["adjust"]
    with pytest.raises(RuleError, match=r"R15\.json: rule: missing adjust"):
        rules.read_rule(Node(silent, "R15.json"))
    assert (PACK["R15"].adjust, PACK["R16"].adjust, PACK["R1"].adjust) == ("easier", "harder", "")


def test_a_critical_rule_is_suppressed_only_by_name():
    r1, r9 = PACK["R1"], PACK["R9"]
    critical = rules.read_rule(Node(change_rule(critical=True), "R1.json"))
    named = rules.read_rule(Node(change_rule("R9", suppresses=["R1"]), "R9.json"))
    assert not r9.silences(critical)
    assert named.silences(critical)
    assert named.silences(r1)


def test_a_rule_may_not_be_changed_after_it_was_checked():
    rule = PACK["R1"]
    with pytest.raises(AttributeError):
        rule.dwell_s = 0
    with pytest.raises(TypeError):
        PACK["R2"].enter["confusion"] = 0.1


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (change_rule(when={"cmp": ["mood", ">=", 1]}), r"when\.cmp\[0\]: unknown signal 'mood'"),
        (
            change_rule(when=CONFUSED),
            r"when\.cmp\[0\]: a biometric signal needs behavioural evidence",
        ),
        (change_rule(explain__heading={}), r"explain\.heading: missing hint"),
        (change_rule(explain={"heading": {}, "lead": "x"}), "explain: missing waits"),
        (change_rule(explain__lead=" "), r"explain\.lead: expected a text"),
        (change_rule(explain__lead="You are confused."), "does not say 'confused'"),
        (change_rule(explain__heading__hint="Feeling lost?"), "does not say 'Feeling'"),
        (change_rule(explain__lead="Our AI saw this."), "does not say 'AI'"),
        (change_rule(explain__waits="We detect it."), "does not say 'detect'"),
        (change_rule(explain__lead="Well done!"), "does not say '!'"),
        (change_rule(explain__lead="{mastery}"), "got 'mastery'"),
        (change_rule("R2", explain__lead="{self_stuck}"), "got 'self_stuck'"),
        (change_rule(explain__lead="{wrong_on_item.real}"), "expected a plain"),
        (change_rule(explain__lead="{wrong_on_item"), r"explain\.lead: expected '}'"),
        (change_rule(dwell_s="10"), "dwell_s: expected a number, got '10'"),
        (change_rule(dwell_s=-1), "dwell_s: expected a number from 0"),
        (change_rule(version=1.5), "version: expected a whole number"),
        (change_rule(version=True), "version: expected a number, got True"),
        (change_rule("R15", adjust="sideways"), "adjust: expected one of easier, harder"),
        (change_rule(adjust="easier"), "adjust: expected only with the step adjust"),
        (change_rule(critical=0), "critical: expected true or false"),
        (change_rule(step="hint"), "step: expected a list"),
        (change_rule(step=["sermon"]), r"step\[0\]: expected one of hint"),
        (change_rule(help={"message": "sermon"}), r"help\.message: expected one of breathing"),
        (change_rule(help={"sermon": "breathing"}), "help: unexpected sermon"),
        (change_rule(practice_kinds=["sermon"]), r"practice_kinds\[0\]: expected one of hint"),
        (change_rule(meant_for="fun"), "meant_for: expected one of trouble, boredom"),
        (change_rule(step=[]), "step: expected either steps"),
        (change_rule("R9", step=["hint"]), "step: expected either steps"),
        (change_rule("R9", dwell_s=5), "dwell_s: expected 0 for a rule that suppresses"),
        (change_rule(evidence_min=0), "evidence_min: expected at least 1"),
        (change_rule(probability=0), "probability: expected a number from 0.01 to 1"),
        (change_rule(cap={"offers": 0, "per_s": 9, "per": "rule"}), r"cap\.offers: expected"),
        (
            change_rule(cap={"offers": 1, "per_s": 9, "per": "week"}),
            r"cap\.per: expected one of rule",
        ),
        (
            change_rule(scenarios={"graded_test": {}}),
            r"scenarios\.graded_test: expected one of course",
        ),
        (
            change_rule(scenarios={"discussion": {"enter": {}}}),
            r"scenarios\.discussion: missing exit",
        ),
        (
            change_rule("R2", scenarios={"discussion": {"enter": {}, "exit": {}}}),
            r"scenarios\.discussion\.enter: expected one number for each",
        ),
        (
            change_rule("R2", scenarios__discussion__exit={"confusion": 0.7}),
            r"scenarios\.discussion\.exit\.confusion: expected it to be easier",
        ),
        (change_rule(when=asks(origin="simulated")), r"cmp\[3\]\.origin: expected one of people"),
        (change_rule(when=asks(quality_min=1.1)), r"cmp\[3\]\.quality_min: expected a number from"),
        (change_rule(when=asks(hue=1)), r"cmp\[3\]: unexpected hue"),
        (
            change_rule(when={"cmp": ["wrong_on_item", ">=", 1, {"quality_min": 0.7}]}),
            r"when\.cmp\[3\]: expected a signal that is sensed, got 'wrong_on_item'",
        ),
        (change_rule(contraindications=[]), "contraindications: expected a graded test and paused"),
        (
            change_rule(contraindications=[CONFUSED, {"is": 1}]),
            r"contraindications\[1\]: missing cmp",
        ),
        (change_rule(enter={"mood": 1}), r"enter\.mood: expected a signal"),
        (change_rule(enter={"mastery": 0.5}), "enter: expected one number for each signal"),
        (change_rule("R2", exit={}), "exit: expected one number for each signal"),
        (change_rule("R2", exit={"confusion": 0.6}), r"exit\.confusion: expected it to be easier"),
        (change_rule(extra=1), "rule: unexpected extra"),
        (
            change_rule("R5", explain__said={"self_stuck": "You said you are stuck."}),
            r"explain\.said\.self_stuck: expected a signal of this rule that a learner can say",
        ),
        (
            change_rule("R5", explain__said={"wrong_streak": "You said it."}),
            r"explain\.said\.wrong_streak: expected a signal of this rule that a learner can say",
        ),
        (
            change_rule("R5", explain__said={"frustration": "We detect that it is frustrating."}),
            "does not say 'detect'",
        ),
        ([], "rule: expected an object"),
        (change_rule(when={"all": [WRONG] * 15}), "when: expected at most 14 comparisons"),
    ],
)
def test_it_refuses_a_rule_and_says_where(broken, says):
    with pytest.raises(RuleError, match=r"^mine\.json: .*" + says):
        rules.read_rule(Node(broken, "mine.json"))


@pytest.mark.parametrize(
    ("when", "sound"),
    [
        ({"all": [CONFUSED, WRONG]}, True),
        ({"any": [CONFUSED, WRONG]}, False),
        ({"not": CONFUSED}, False),
        ({"all": [CONFUSED, {"not": WRONG}]}, False),
        ({"all": [CONFUSED, {"cmp": ["wrong_on_item", "<", 1]}]}, False),
        ({"all": [CONFUSED, {"cmp": ["self_got_it", "==", False]}]}, False),
        ({"all": [CONFUSED, {"cmp": ["course_idle_s", ">=", 20]}]}, False),
        ({"all": [CONFUSED, {"cmp": ["active_min", ">=", 1]}]}, False),
        ({"all": [CONFUSED, {"any": [WRONG, {"cmp": ["active_min", ">=", 1]}]}]}, False),
        ({"all": [CONFUSED, {"cmp": ["hesitation", "==", True]}]}, False),
        ({"all": [CONFUSED, {"cmp": ["on_quiz", "==", True]}, WRONG]}, True),
        ({"all": [CONFUSED, {"cmp": ["self_stuck", "==", True]}]}, True),
        ({"any": [{"all": [CONFUSED, WRONG]}, {"cmp": ["on_quiz", "==", True]}]}, True),
        ({"any": [{"all": [CONFUSED, {"cmp": ["on_quiz", "==", True]}]}, WRONG]}, False),
        ({"all": [{"not": {"not": WRONG}}, CONFUSED]}, True),
        (
            {"any": [{"not": WRONG}, {"all": [CONFUSED, {"cmp": ["on_quiz", "==", True]}]}]},
            False,
        ),
        (WRONG, True),
        ({"cmp": ["active_min", ">=", 45]}, True),
    ],
)
def test_an_estimate_never_acts_without_an_action_or_a_report(when, sound):
    broken = change_rule(when=when, explain__lead="Look again.")
    if sound:
        assert rules.read_rule(Node(broken, "mine.json")).id == "R1"
    else:
        with pytest.raises(RuleError, match="biometric"):
            rules.read_rule(Node(broken, "mine.json"))


@pytest.mark.parametrize("key", sorted(SHIPPED["R1"].keys() - rules.OPTIONAL_KEYS))
def test_no_part_of_a_rule_may_be_left_out(key):
    short = {name: value for name, value in SHIPPED["R1"].items() if name != key}
    with pytest.raises(RuleError, match=f"missing {key}"):
        rules.read_rule(Node(short, "mine.json"))


def folder(tmp_path, **files):
    for name, value in files.items():
        text = value if isinstance(value, str) else json.dumps(value)
        (tmp_path / f"{name}.json").write_text(text, "utf-8")
    return tmp_path


def test_it_refuses_a_file_that_is_no_json(tmp_path):
    with pytest.raises(RuleError, match=r"R1\.json: expected JSON"):
        rules.load_rules(folder(tmp_path, R1="{"))


def test_it_refuses_two_rules_of_one_identity(tmp_path):
    with pytest.raises(RuleError, match=r"b\.json: id: 'R1' is taken"):
        rules.load_rules(folder(tmp_path, a=SHIPPED["R1"], b=SHIPPED["R1"]))


def test_it_refuses_to_suppress_a_rule_that_is_not_there(tmp_path):
    with pytest.raises(RuleError, match="unknown rule 'R77'"):
        rules.load_rules(folder(tmp_path, a=change_rule("R9", suppresses=["R77"])))


def test_a_loaded_leaf_keeps_its_threshold_open():
    assert Cmp("confusion", ">=", "threshold") in PACK["R2"].when.parts


def list_deedless():
    """Return, for each signal that is neither an action nor a report, a comparison that can hold.

    Time spent is no evidence beside an estimate.
    """
    weak = [row for row in SIGNALS.values() if not row.supports_biometrics or row.unit == "min"]
    value = {"number": 0, "flag": True, "code": "course"}
    return [[row.name, ">=" if row.type == "number" else "==", value[row.type]] for row in weak]


@pytest.mark.parametrize("state", ["focused", "struggling", "disengaged"])
@pytest.mark.parametrize("other", list_deedless(), ids=lambda cmp: cmp[0])
def test_a_state_of_behaviour_is_never_the_deed_beside_an_estimate(state, other):
    """It is made from deeds, so beside another estimate, silence or time it makes no rule."""
    when = {"all": [{"cmp": [state, ">=", 0.6]}, {"cmp": other}]}
    with pytest.raises(RuleError, match="biometric"):
        rules.read_rule(Node(change_rule(when=when, explain__lead="Look again."), "mine.json"))


@pytest.mark.parametrize("state", ["focused", "struggling", "disengaged"])
def test_a_state_of_behaviour_may_stand_beside_a_deed_or_a_report(state):
    for beside in (WRONG, {"cmp": ["self_stuck", "==", True]}):
        when = {"all": [{"cmp": [state, ">=", 0.6]}, beside]}
        broken = change_rule(when=when, explain__lead="Look again.")
        assert rules.read_rule(Node(broken, "mine.json")).id == "R1"
