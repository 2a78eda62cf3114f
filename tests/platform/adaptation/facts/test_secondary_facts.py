"""Valence and arousal as Facts: from the models next to the shown one, with their origin."""

from __future__ import annotations

import uuid

import pytest

from adaptation.facts import course_records, sitting_facts
from adaptation.facts.estimate_facts import KINDS, SECONDARY_SIGNALS
from consent.permits import gate
from consent.scopes import ADAPT_SCOPES
from estimates import disputes, self_reports
from estimates.registry import predictors
from interventions.facts import UNKNOWN, check_facts
from interventions.signals import SIGNALS
from tests.fixtures.models.estimates import (
    levels_of,
    make_predictor_row,
    sensed_twice,
    store_estimate,
)

pytestmark = pytest.mark.django_db
sitting = sensed_twice


@pytest.fixture
def mvp():
    return make_predictor_row("mvp", "c", hop_s=30.0)


@pytest.fixture
def wearable():
    return make_predictor_row("arousal", "d", hop_s=60.0, origin="people")


def levels(sitting, cut, now):
    permits = gate.permits(sitting.learner.code, ADAPT_SCOPES, now=now).granted
    return levels_of(sitting, cut, permits)


def test_levels_are_missing_with_only_the_shown_model(sitting, now):
    store_estimate(sitting, 5, make_predictor_row("affect", "a"), now, CONFUSION=0.7)
    assert levels(sitting, 5, now) == {}


def test_both_come_with_range_origin_scopes_and_age(sitting, mvp, now):
    store_estimate(sitting, 5, mvp, now, streams=("face",), VALENCE=0.4, AROUSAL=0.7)

    found = levels(sitting, 8, now)

    check_facts(found)
    valence, arousal = found["valence"], found["arousal"]
    assert (valence.value, valence.low, valence.high) == pytest.approx((0.4, 0.3, 0.5))
    assert arousal.value == pytest.approx(0.7)
    assert (arousal.origin, arousal.since_s, arousal.scopes) == ("simulated", 15.0, ("face:adapt",))


def test_arousal_comes_first_from_the_model_trained_on_people(sitting, mvp, wearable, now):
    store_estimate(sitting, 5, mvp, now, VALENCE=0.4, AROUSAL=0.7)
    store_estimate(sitting, 5, wearable, now, streams=("face",), AROUSAL=0.2)

    found = levels(sitting, 6, now)

    assert (found["arousal"].value, found["arousal"].origin) == (0.2, "people")
    assert (found["valence"].value, found["valence"].origin) == (0.4, "simulated")


def test_the_other_model_is_used_when_one_abstains_else_unknown(sitting, mvp, wearable, now):
    store_estimate(sitting, 5, mvp, now, VALENCE=0.4, AROUSAL=0.7)
    store_estimate(sitting, 5, wearable, now, streams=("face",))
    assert levels(sitting, 6, now)["arousal"].origin == "simulated"

    store_estimate(sitting, 11, mvp, now)
    store_estimate(sitting, 11, wearable, now, streams=("face",))
    found = levels(sitting, 12, now)
    assert found["arousal"].value is UNKNOWN
    assert found["arousal"].absence == "unsure"


def test_an_old_one_and_one_after_the_window_are_left_out(sitting, mvp, now):
    store_estimate(sitting, 5, mvp, now, VALENCE=0.4, AROUSAL=0.7)
    assert levels(sitting, 13, now)
    assert levels(sitting, 14, now) == {}
    assert levels(sitting, 4, now) == {}


def test_a_model_no_longer_in_use_gives_no_level(sitting, mvp, now):
    store_estimate(sitting, 5, mvp, now, VALENCE=0.4, AROUSAL=0.7)
    mvp.active = False
    mvp.save()
    assert levels(sitting, 6, now) == {}


def test_a_disputed_estimate_gives_no_level(sitting, mvp, now):
    row = store_estimate(sitting, 5, mvp, now, VALENCE=0.4, AROUSAL=0.7)
    permit = gate.permit(sitting.learner.code, "course", now=now)
    disputes.dispute(row.id, "INTEREST", permit, now=now)
    assert levels(sitting, 6, now) == {}


def test_without_a_permit_for_its_streams_there_is_no_level(sitting, mvp, now):
    store_estimate(sitting, 5, mvp, now, streams=("face",), VALENCE=0.4, AROUSAL=0.7)
    permits = gate.permits(sitting.learner.code, ["pointer:adapt"], now=now).granted
    assert levels_of(sitting, 6, permits) == {}


def test_a_report_outranks_the_levels(sitting, mvp, now):
    store_estimate(sitting, 5, mvp, now, VALENCE=0.4, AROUSAL=0.7)
    permit = gate.permit(sitting.learner.code, "course", now=now)
    given = {**sitting_facts.unknown_estimates(), **levels(sitting, 6, now)}
    course = course_records.read(sitting, permit, now=now)
    assert sitting_facts.gather_facts(course, given, permit, now=now)[
        "arousal"
    ].value == pytest.approx(0.7)

    self_reports.store(sitting, uuid.uuid4(), 1.0, "boredom", permit, now=now)

    course = course_records.read(sitting, permit, now=now)
    found = sitting_facts.gather_facts(course, given, permit, now=now)
    assert found["boredom"].source == "self"
    assert found["arousal"].value is UNKNOWN
    assert found["valence"].value is UNKNOWN


def test_each_state_of_the_four_sub_networks_is_a_signal_of_its_own(sitting, now):
    """Paper 3's system never stands in for the shown one, and its states have its own origin."""
    foursub = make_predictor_row("foursub", "e", hop_s=5.0)
    store_estimate(sitting, 5, make_predictor_row("affect", "a"), now, CONFUSION=0.2)
    store_estimate(sitting, 5, foursub, now, streams=("face",), CONFUSION=0.7, INTEREST=0.1)

    found = levels(sitting, 6, now)

    check_facts(found)
    assert found["foursub_confusion"].value == pytest.approx(0.7)
    assert found["foursub_interest"].value == pytest.approx(0.1)
    assert found["foursub_boredom"].value is found["foursub_happiness"].value is UNKNOWN
    assert found["foursub_confusion"].scopes == ("face:adapt",)


@pytest.mark.parametrize("name", SECONDARY_SIGNALS)
def test_every_secondary_signal_can_be_named_by_a_rule_and_its_kind_gives_the_label(name):
    source = SECONDARY_SIGNALS[name]
    assert SIGNALS[name].biometric
    assert all(source.label in predictors.LABELS[kind] for kind in source.kinds)


def test_rules_reach_the_systems_of_all_three_papers():
    assert {predictors.SHOWN_KIND, "mvp", "foursub"} <= set(KINDS)
