"""A fact has a source, and unknown is never a value."""

from __future__ import annotations

import json
import math

import pytest

from interventions.facts import UNKNOWN, Fact, check_facts, facts_as_json, facts_from_json, get_fact
from interventions.signals import SIGNALS, SignalError
from tests.fixtures.rule_cases import sensed


@pytest.mark.parametrize(("quality", "known"), [(0.59, False), (0.6, True), (1.0, True)])
def test_a_poorly_sensed_value_is_read_as_not_known(quality, known):
    found = get_fact({"confusion": sensed(0.9, quality)}, "confusion")
    assert (found.value is not UNKNOWN) is known
    assert found.absence == ("none" if known else "quality")


def test_a_report_needs_no_sensor_quality():
    said = Fact(0.8, source="self", quality=0.1)
    assert get_fact({"confusion": said}, "confusion").value == 0.8


def test_a_signal_left_out_is_not_known():
    assert get_fact({}, "paused").value is UNKNOWN


@pytest.mark.parametrize(
    "broken",
    [
        {"value": math.nan},
        {"value": 1, "quality": 1.2},
        {"value": 1, "since_s": -1.0},
        {"value": 1, "since_s": math.nan},
        {"value": 1, "source": "guess"},
        {"value": 1, "absence": "lost"},
        {"value": 1, "origin": "the internet"},
    ],
)
def test_it_refuses_a_fact_that_cannot_be(broken):
    with pytest.raises(ValueError, match=r"expected"):
        Fact(**broken)


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"mood": Fact(1)}, "unknown signal 'mood'"),
        ({"wrong_on_item": Fact(True)}, "expected a number, got True"),
        ({"paused": Fact(1)}, "expected a flag, got 1"),
        ({"scenario": Fact("exam")}, "expected a code, got 'exam'"),
        ({"wrong_on_item": Fact(2, source="sensed")}, "expected source course, got sensed"),
        ({"confusion": Fact(0.5)}, "expected source sensed or self, got course"),
    ],
)
def test_it_refuses_facts_outside_the_closed_list(facts, says):
    with pytest.raises(SignalError, match=says):
        check_facts(facts)


def test_stored_facts_distinguish_unknown_from_never():
    written = facts_as_json({"confusion": Fact(UNKNOWN), "dismissed_s": Fact(math.inf)})
    assert written["confusion"]["value"] is None
    assert written["dismissed_s"]["value"] == "never"
    assert json.loads(json.dumps(written, allow_nan=False)) == written


def test_stored_facts_are_read_back_unchanged():
    facts = {
        "confusion": sensed(0.6, 0.7, low=0.5, high=0.7, since_s=12.0, origin="people"),
        "engaged": Fact(UNKNOWN, source="sensed", absence="off"),
        "dismissed_s": Fact(math.inf),
        "course_idle_s": Fact(0.0),
        "wrong_on_item": Fact(1),
        "paused": Fact(False),
        "scenario": Fact("course"),
        "self_stuck": Fact(True, source="self"),
    }
    again = facts_from_json(json.loads(json.dumps(facts_as_json(facts), allow_nan=False)))
    assert again == facts
    assert again["paused"].value is False


def test_every_signal_is_whole_and_the_feelings_are_the_biometric_ones():
    labels = {"interest", "boredom", "happiness", "confusion", "frustration", "distraction"}
    summed = {"engaged", "valence", "arousal"}
    of_the_body = {"hesitation", "eda_rise"}
    of_deeds = {"focused", "struggling", "disengaged"}
    of_a_minute = {"foursub_interest", "foursub_boredom", "foursub_happiness", "foursub_confusion"}
    sensed_alone = summed | of_the_body | of_deeds | of_a_minute
    assert {name for name, row in SIGNALS.items() if row.biometric} == labels | sensed_alone
    for row in SIGNALS.values():
        assert row.type in ("number", "flag", "code")
        assert set(row.sources) <= {"sensed", "self", "course"}
        assert row.sources
        assert not (row.biometric and row.evidence)
        assert (row.type == "code") == bool(row.values)
        assert ("sensed" in row.sources) == row.biometric
        if row.biometric:
            assert row.says["sensed"].startswith("A pattern that often goes with")
            assert f"self_{row.name}" in SIGNALS or row.name in sensed_alone
