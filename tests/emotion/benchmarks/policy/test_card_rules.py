"""The rules on a card's own estimates: what fires, when that is right, and what the hour holds."""

from __future__ import annotations

from functools import partial
from itertools import islice

import numpy as np
import pytest

from emotion.benchmarks.policy import card_rules, estimated_hours
from emotion.benchmarks.policy.card_policy import CardPolicies
from emotion.benchmarks.policy.estimated_hours import EstimatedHour
from emotion.labels import AFFECTS, PAPER_1, Affect
from emotion.simulate.lessons import WINDOW_S, WINDOWS
from emotion.windows import HOP_S
from interventions import catalogue
from tests.fixtures.models.estimates import make_rates
from tests.fixtures.rule_cases import PACK

LENGTH = 60
CONFUSED = AFFECTS.index(Affect.CONFUSION)
CARD = {"labels": [str(label) for label in PAPER_1], "rates": make_rates(0.41)}
QUIET = {"scenario": "course", "paused": False, "tab_hidden": False, "self_got_it": False}


def make_hour(confusion, *, states=None, **acts):
    """Return five minutes with one probability of confusion after the first."""
    proba = np.full((LENGTH, len(PAPER_1)), (1 - confusion) / 3)
    proba[:, PAPER_1.index(Affect.CONFUSION)] = confusion
    proba[:12] = np.nan
    known = np.zeros(LENGTH, np.int64) if states is None else states
    ends = HOP_S * np.arange(2, LENGTH + 2, dtype=float)
    return EstimatedHour(ends, known, proba, [QUIET | acts] * LENGTH)


@pytest.fixture
def fitted():
    return {rule.id: rule for rule in card_rules.fit_to_card(catalogue.load(), CARD)}


def test_a_rule_acts_at_the_threshold_of_the_card_after_its_dwell(fitted):
    act = partial(card_rules.run_rule, fitted["R2"], PAPER_1)
    dwell = int(fitted["R2"].dwell_s / HOP_S)
    assert act(make_hour(0.42, wrong_on_item=1.0))[0] == 12 + dwell
    assert act(make_hour(0.40, wrong_on_item=1.0)) == []
    assert act(make_hour(0.42, wrong_on_item=0.0)) == []


def test_a_card_without_rates_leaves_the_numbers_of_the_rules():
    bare = card_rules.fit_to_card(catalogue.load(), {"labels": CARD["labels"]})
    assert {rule.id: rule for rule in bare} == PACK


@pytest.mark.parametrize("inside", [True, False])
def test_an_offer_is_right_in_the_state_that_the_rule_names(fitted, inside):
    states = np.zeros(LENGTH, np.int64)
    states[12:30] = CONFUSED if inside else 0
    hour = make_hour(0.42, states=states, wrong_on_item=1.0)
    row = card_rules._measure(fitted["R2"], PAPER_1, [hour], [Affect.CONFUSION], "")
    assert row["fires_h"] == 1
    assert row["precision"] == float(inside)
    assert row["base"] == pytest.approx(18 / LENGTH if inside else 0.0)


def test_a_goal_needs_both_the_rate_and_the_precision():
    met = {"rule": "X", "half_fires_h": 1.0, "precision": 0.8, "base": 0.3}
    for change in ({}, {"half_fires_h": 0.4}, {"half_fires_h": 4.1}, {"precision": 0.59}):
        assert card_rules._make_goal(met | change)["met"] is (change == {})


def test_the_states_of_a_rule_are_those_its_estimates_name():
    found = {name: set(card_rules.find_states(rule)) for name, rule in PACK.items()}
    trouble = {Affect.CONFUSION, Affect.FRUSTRATION}
    assert found["R2"] == {Affect.CONFUSION}
    assert found["R15"] == found["R1"] == trouble
    assert found["R16"] == {Affect.INTEREST, Affect.HAPPINESS}
    assert found["R4"] == set()


@pytest.fixture(scope="module")
def recordings():
    return list(islice(estimated_hours.iterate_people(2, 3), 2))


def test_an_hour_has_the_deeds_of_its_recordings_at_their_time(recordings):
    for person in recordings:
        lesson = estimated_hours.make_lesson(person, 0.6)
        assert len(lesson.states) == WINDOWS == sum(len(each.states) for each in person) / WINDOW_S
        around = [each.surroundings for each in person]
        for number, each in enumerate(around):
            part = slice(number * WINDOWS // 5, (number + 1) * WINDOWS // 5)
            done = {deed.deed for deed in each.deeds}
            assert lesson.on_quiz[part].all() == (each.scenario == "test")
            assert lesson.rewound[part].any() == ("rewind" in done)
            assert lesson.answered[part].any() == bool(done & {"right", "wrong"})


def test_share_of_time_counts_seconds(recordings):
    shares = [estimated_hours.share_of_time(recordings[0], [state]) for state in AFFECTS]
    assert sum(shares) == pytest.approx(1.0)


def test_the_estimates_of_a_question_are_of_a_learner_who_felt_so():
    states = np.zeros(LENGTH, np.int64)
    states[40] = CONFUSED
    policies = CardPolicies(CARD, [make_hour(0.42, states=states)])
    (looks,) = policies.looks["confused"]
    assert [each["confusion"].value for each in looks] == pytest.approx([0.42] * 3)
    assert len(policies.looks["engaged"]) == LENGTH - 1 - 6
    assert policies.looks["bored"] == []
    enter = {name: limit for rule in policies.rules for name, limit in rule.enter.items()}
    assert enter["confusion"] == 0.41
