"""A rate in the rule editor: chosen in words, explained for the model in use, replayed with it."""

from __future__ import annotations

import pytest

from adaptation.models import RuleVersion
from adaptation.rules import active_rules
from teaching.rules import drafts
from teaching.rules.replays import replay_requests
from tests.fixtures.models.estimates import make_predictor_row, make_rates
from tests.platform.teaching.rules.studio_forms import (
    NEW,
    R1,
    R1_FIELDS,
    R2,
    R2_FIELDS,
    WRONG,
    page_of,
    post,
)

pytestmark = pytest.mark.django_db
RATED = R2_FIELDS | {"value-0-0": "2/h"}


def find_rule(course, name):
    return next(rule for rule in active_rules.list_active(course) if rule.id == name)


def test_the_page_says_how_often_and_what_that_means_with_the_model_in_use(teacher):
    page = page_of(teacher.get(R2))
    assert "so clear that it happens about 4 times an hour" in page
    assert "was not measured for how often this happens, so 55% likely or more applies" in page

    make_predictor_row("affect", "1", rates=make_rates(0.31))
    page = page_of(teacher.get(R2))
    assert (
        "about 4 times an hour and right at least 50% of the time means 31% likely or more, "
        "for 20 seconds"
    ) in page
    assert "Measured on simulated people." in page


def test_the_page_says_where_the_model_in_use_is_not_right_often_enough(teacher):
    make_predictor_row("affect", "1", rates=make_rates(0.31, precision=0.49))
    page = page_of(teacher.get(R2))
    assert "Only what the learner says counts." in page
    assert "31%" not in page


def test_a_teacher_chooses_another_rate_in_words(teacher, course):
    page = page_of(post(teacher, R2, **RATED))
    assert "(was so clear that it happens about 4 times an hour)" in page
    assert 'id="slot-op-0-0"' not in page
    assert 'id="slot-exit-0-0"' not in page

    post(teacher, R2, "save", **RATED)
    saved = find_rule(course, "R2")
    assert (saved.per_hour, saved.precision) == ({"confusion": 2}, 0.5)
    assert (saved.enter, saved.exit) == ({"confusion": 0.55}, {"confusion": 0.4})


def test_a_teacher_may_still_choose_a_probability(teacher, course):
    post(teacher, R2, "save", **R2_FIELDS)
    saved = find_rule(course, "R2")
    assert (saved.per_hour, saved.enter) == ({}, {"confusion": 0.55})


def test_a_new_rule_may_state_a_rate(teacher, course):
    both = {"shape": "1,1", "signal-1-0": "boredom", "value-1-0": "0.5/h"}
    assert "about once in 2 hours" in page_of(post(teacher, NEW, **both))
    post(teacher, NEW, "save", **both)
    body = RuleVersion.objects.get(course=course).body
    assert body["per_hour"] == {"boredom": 0.5}
    assert (body["enter"], body["exit"]) == ({"boredom": 0.6}, {"boredom": 0.45})


def test_a_rule_that_had_no_rate_states_a_precision_with_its_first(teacher, course):
    """Built-in rules without an estimate state none, and 0 % would say nothing."""
    rated = R1_FIELDS | {"signal-1-0": "confusion", "op-1-0": ">=", "value-1-0": "2/h"}
    assert "right at least 0%" not in page_of(post(teacher, R1, **rated))
    post(teacher, R1, "save", **rated)
    saved = find_rule(course, "R1")
    assert (saved.per_hour, saved.precision) == ({"confusion": 2}, 0.5)


@pytest.mark.parametrize("signal", ["arousal", "wrong_streak"])
def test_a_signal_without_rates_does_not_take_over_one(signal):
    body = drafts.read_draft(WRONG | {"signal-0-0": signal, "value-0-0": "4/h"}, drafts.BLANK_RULE)
    assert "per_hour" not in body


def test_a_replay_of_the_draft_is_another_one_after_a_swap_of_the_model(course):
    rule = active_rules.shipped_rules()["R2"]
    before = replay_requests.digest_of(replay_requests.rule_sets(course, rule))
    make_predictor_row("affect", "1", rates=make_rates(0.31))
    sets = replay_requests.rule_sets(course, rule)
    assert replay_requests.digest_of(sets) != before
    assert {
        each.enter["confusion"] for set_ in sets.values() for each in set_ if each.id == "R2"
    } == {0.31}
