"""A Why-card has the actions, then the reports, then the estimates as ranges."""

from __future__ import annotations

import math
import re

import pytest

from interventions import rules
from interventions.explain import NUMBER_WORDS, SENTENCES, explain, format_number
from interventions.facts import UNKNOWN, Fact
from interventions.json_reader import Node
from interventions.rule_lint import find_forbidden_words
from tests.fixtures.changed_rules import change_rule
from tests.fixtures.rule_cases import CONFUSED, PACK, STUCK, lesson, sensed

R1, R2 = PACK["R1"], PACK["R2"]


def test_r1_mentions_only_the_answers():
    why = explain(R1, STUCK, "hint", predictor="theory prior", digest="ab12")
    assert why.heading == "Want a hint for this question?"
    assert why.lead == "Your last two answers here were not correct."
    assert why.course == (
        "Two answers to this question were not correct.",
        "Nothing new in the lesson for 25 seconds.",
    )
    assert (why.said, why.estimated, why.missing) == ((), (), ())
    # No estimate was used, so no Predictor is named.
    assert (why.predictor, why.digest) == ("", "")
    assert why.rule == "Rule “Stuck on a question”, version 2, by Attune."
    assert why.waits == "It waits 10 seconds, so that you can try on your own first."
    assert why.probability == "It is shown whenever it applies."


def test_what_did_not_hold_is_not_given_as_a_reason():
    why = explain(R1, lesson(wrong_on_item=3, course_idle_s=2.0, rewinds_60s=2), "worked_step")
    assert why.heading == "Want to see the next step worked out?"
    assert why.lead == "Your last three answers here were not correct."
    assert why.course == (
        "Three answers to this question were not correct.",
        "You went back in the video two times in the last minute.",
    )


def test_a_card_is_translated_into_the_requested_language():
    german = {
        R1.explain.lead: "Deine letzten {wrong_on_item} Antworten waren nicht richtig.",
        NUMBER_WORDS: "keine eine zwei drei vier fünf sechs sieben acht neun zehn",
        SENTENCES["always"]: "Sie wird immer gezeigt, wenn sie zutrifft.",
    }
    facts = lesson(wrong_on_item=3, course_idle_s=25.0)
    why = explain(R1, facts, "worked_step", translate=lambda text: german.get(text, text))
    assert why.lead == "Deine letzten drei Antworten waren nicht richtig."
    assert why.probability == "Sie wird immer gezeigt, wenn sie zutrifft."
    assert why.course[0] == "Drei answers to this question were not correct."


def test_r2_names_the_guess_last_with_its_range_and_its_predictor():
    confusion = sensed(0.64, low=0.58, high=0.71, since_s=34)
    why = explain(
        R2,
        {**CONFUSED, "confusion": confusion, "self_stuck": Fact(True, source="self")},
        "hint",
        predictor="theory prior",
        digest="ab12",
    )
    assert why.lead == "One answer to this question was not correct. You said you are stuck."
    assert why.said == ("You said you are stuck.",)
    (guess,) = why.estimated
    assert guess.text == (
        "A pattern that often goes with confusion, 58\N{EN DASH}71% likely, for 34 seconds. "
        "This can be wrong."
    )
    assert (guess.low, guess.high, guess.threshold) == (0.58, 0.71, 0.55)
    assert (why.predictor, why.digest) == ("theory prior", "ab12")


def test_an_estimate_without_a_range_is_shown_as_one():
    (guess,) = explain(R2, CONFUSED, "hint").estimated
    assert guess.low < guess.high
    assert "60\N{EN DASH}70% likely" in guess.text
    (top,) = explain(R2, {**CONFUSED, "confusion": sensed(1.0)}, "hint").estimated
    assert (top.low, top.high) == (0.9, 1.0)


def test_a_report_is_not_shown_as_an_estimate():
    why = explain(R2, {**CONFUSED, "confusion": Fact(0.9, source="self")}, "hint", digest="ab12")
    assert why.said == ("You said you are confused.",)
    assert (why.estimated, why.digest) == ((), "")
    said = "You said you are confused."
    assert why.lead == f"One answer to this question was not correct. {said}"


@pytest.mark.parametrize(
    ("absence", "words"),
    [
        ("off", "switched off"),
        ("unsure", "not sure"),
        ("none", "not known yet"),
    ],
)
def test_it_lists_unused_signals_with_reasons(absence, words):
    facts = {**CONFUSED, "confusion": Fact(UNKNOWN, source="sensed", absence=absence)}
    why = explain(R2, facts, "hint", predictor="theory prior", digest="ab12")
    assert why.missing == (f"A pattern that often goes with confusion ({words})",)
    assert why.digest == ""


def test_a_poor_signal_is_listed_as_not_used():
    why = explain(R2, {**CONFUSED, "confusion": sensed(0.9, 0.3)}, "hint")
    assert why.missing == ("A pattern that often goes with confusion (signal too poor)",)
    assert why.estimated == ()


def test_a_lead_stays_readable_with_unknown_or_infinite_numbers():
    assert explain(R1, {"rewinds_60s": Fact(2)}, "hint").lead.startswith("Your last some answers")
    idle = {**STUCK, "course_idle_s": Fact(math.inf)}
    assert "for many seconds" in explain(R1, idle, "hint").course[1]


def test_the_probability_of_the_offer_is_shown():
    rare = rules.read_rule(Node(change_rule(probability=0.7), "R1.json"))
    assert "shown 70 times in 100" in explain(rare, STUCK, "hint").probability


def test_it_refuses_a_kind_the_rule_does_not_offer():
    with pytest.raises(ValueError, match="R1: expected one of hint, worked_step, got 'break'"):
        explain(R1, STUCK, "break")


@pytest.mark.parametrize(("value", "words"), [(0, "no"), (2, "two"), (10, "ten"), (11, "11")])
def test_small_numbers_are_words(value, words):
    assert format_number(value) == words


def test_no_card_of_the_catalogue_uses_forbidden_words():
    said = {**CONFUSED, **STUCK, "self_stuck": Fact(True, source="self")}
    for rule in (R1, R2):
        for kind in rule.step:
            why = explain(rule, said, kind)
            behaviour = [why.heading, why.lead, *why.course]
            hedged = [why.waits, why.probability, *(guess.text for guess in why.estimated)]
            assert not [
                text for text in behaviour if find_forbidden_words(text, behaviour_only=True)
            ]
            assert not [text for text in hedged if find_forbidden_words(text, behaviour_only=False)]
            assert not [text for text in hedged + behaviour if re.search(r"[{}]", text)]
