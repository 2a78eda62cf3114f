"""Rules that state a rate have the threshold of the model in use; the engine keeps to the rate."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emotion.labels import PAPER_1
from emotion.models.crossmodal.acting_rates import (
    DWELLS_S,
    add_signals,
    count_episodes,
    find_threshold,
    measure_rates,
)
from emotion.windows import HOP_S
from interventions import catalogue, engine, rules
from interventions.explain import explain
from interventions.json_reader import Node, RuleError
from interventions.rate_thresholds import (
    list_rated_thresholds,
    restore_thresholds,
    set_thresholds,
)
from interventions.signals import SIGNALS
from tests.fixtures.changed_rules import change_rule
from tests.fixtures.rule_cases import PACK, at, lesson, sensed

RULE = Node(change_rule("R2", cooldown_s=0, cap={"offers": 100, "per_s": 1, "per": "rule"}), "R2")
SHAPES = st.integers(20, 150).map(lambda length: (length, len(PAPER_1)))
SERIES = arrays(np.float64, SHAPES, elements=st.floats(0.01, 1.0))


def finder(**thresholds):
    """Return a model that has one threshold of each signal."""

    def find(signal, _per_hour, _dwell_s, _precision):
        return thresholds[signal]

    return find


def as_proba(raw):
    return raw / raw.sum(axis=1, keepdims=True)


@settings(max_examples=25)
@given(
    st.lists(SERIES, min_size=1, max_size=3), st.floats(0.25, 60.0), st.sampled_from(DWELLS_S[1:])
)
def test_no_rule_acts_more_often_than_it_states_on_the_people_behind_the_card(raw, rate, dwell):
    """Whatever the card: in the engine itself, where all else but the estimate holds."""
    people = [as_proba(each) for each in raw]
    card = measure_rates(PAPER_1, [(each, np.zeros(len(each), np.int64)) for each in people])
    stated = change_rule(
        "R2", dwell_s=dwell, per_hour={"confusion": rate}, precision=0, cooldown_s=0
    )
    stated["cap"] = {"offers": 100, "per_s": 1, "per": "rule"}
    rule = set_thresholds(rules.read_rule(Node(stated, "R2.json")), partial(find_threshold, card))
    hours = sum(map(len, people)) * HOP_S / 3600
    signals = [add_signals(PAPER_1, each)["confusion"] for each in people]

    held = sum(count_episodes(each, rule.enter["confusion"], dwell) for each in signals)
    assert held / hours <= rate
    assert sum(map(partial(count_offers, rule), signals)) / hours <= rate


def count_offers(rule, values):
    states, offers = {}, 0
    for number, value in enumerate(values):
        facts = lesson(confusion=sensed(float(value)), wrong_on_item=1)
        found = engine.evaluate(facts, [rule], states, at(HOP_S * number))
        states, offers = found.states, offers + len(found.proposals)
    return offers


@pytest.mark.parametrize("name", [rule.id for rule in catalogue.load() if rule.per_hour])
def test_another_card_gives_each_rated_rule_other_thresholds(name):
    one, other = (
        set_thresholds(PACK[name], finder(**dict.fromkeys(SIGNALS, threshold)))
        for threshold in (0.31, 0.83)
    )
    rated = PACK[name].per_hour.keys()
    assert {one.enter[signal] for signal in rated} == {one.exit[signal] for signal in rated}
    assert {signal: one.enter[signal] for signal in rated} == dict.fromkeys(rated, 0.31)
    assert {signal: other.enter[signal] for signal in rated} == dict.fromkeys(rated, 0.83)
    assert one.per_hour == PACK[name].per_hour


def test_every_estimate_of_a_state_in_the_catalogue_states_its_rate():
    """Arousal has no rates: its model is another, taught by people."""
    for rule in catalogue.load():
        for limits in (rule.limits(""), *rule.scenarios.values()):
            assert limits.per_hour.keys() == limits.enter.keys() - {"arousal"}, rule.id
            # More often right than not; frustration is rare, and deeds beside it say the same.
            precision = 0.25 if rule.id in ("R5", "R15") else 0.5
            assert not limits.per_hour or rule.precision == precision, rule.id


def test_a_scenario_has_the_threshold_of_its_own_rate():
    asked = []
    set_thresholds(PACK["R2"], lambda *given: asked.append(given) or 0.5)
    assert asked == [("confusion", 4.0, 20.0, 0.5), ("confusion", 2.0, 20.0, 0.5)]


def test_without_rates_the_numbers_of_the_rule_stay():
    for rule in PACK.values():
        assert set_thresholds(rule, partial(find_threshold, {})) == rule


def test_the_engine_acts_at_the_threshold_of_the_card():
    facts = lesson(confusion=sensed(0.4), wrong_on_item=1)
    low, high = (set_thresholds(rules.read_rule(RULE), finder(confusion=t)) for t in (0.39, 0.41))
    for rule, offers in ((low, 1), (high, 0)):
        assert count_offers(rule, [0.4] * 10) == offers
        phase = engine.evaluate(facts, [rule], {}, at(0)).states["R2"].phase
        assert phase == ("arming" if offers else "idle")


def test_a_word_of_the_learner_reaches_any_threshold():
    said = lesson(confusion=1.0, self_confusion=True)
    said["confusion"] = sensed(1.0)
    rule = set_thresholds(PACK["R2"], finder(confusion=1.0))
    assert engine.evaluate(said, [rule], {}, at(0)).states["R2"].phase == "arming"


def test_the_reason_is_explained_with_the_thresholds_of_then():
    fitted = set_thresholds(PACK["R2"], finder(confusion=0.31))
    facts = lesson(confusion=sensed(0.35), wrong_on_item=1)
    then = explain(fitted, facts, "hint")
    kept = list_rated_thresholds(fitted, "course")
    assert kept == {"confusion": 0.31}
    assert [line.threshold for line in then.estimated] == [0.31]
    assert explain(restore_thresholds(PACK["R2"], kept), facts, "hint") == then
    assert explain(PACK["R2"], facts, "hint").estimated == ()


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (change_rule("R2", per_hour={"boredom": 4}), "per_hour: expected signals .* got 'boredom'"),
        (change_rule("R2", per_hour={"confusion": 0}), r"per_hour\.confusion: expected a number"),
        (
            change_rule("R2", scenarios__discussion__per_hour={"boredom": 4}),
            r"scenarios\.discussion\.per_hour: expected signals",
        ),
    ],
)
def test_it_refuses_a_rate_that_no_threshold_uses(broken, says):
    with pytest.raises(RuleError, match=says):
        rules.read_rule(Node(broken, "mine.json"))


def test_it_refuses_a_rate_of_an_estimate_that_must_be_low():
    low = change_rule("R2", enter={"confusion": 0.4}, exit={"confusion": 0.5}, scenarios={})
    low["when"]["all"][0] = {"cmp": ["confusion", "<=", "threshold"]}
    with pytest.raises(RuleError, match="per_hour: expected signals"):
        rules.read_rule(Node(low, "mine.json"))
