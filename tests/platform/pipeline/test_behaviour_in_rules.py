"""A rule that names a state of behaviour acts live beside a deed, and its offer can be disputed."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from adaptation.models import Intervention
from adaptation.offers import vetoes
from adaptation.offers.reasons import read_reason
from adaptation.rules import active_rules, versions
from consent.permits import gate
from estimates import behaviour_disputes
from estimates.models import BEHAVIOUR_STATES, BehaviourEstimate
from interventions.json_reader import RuleError
from pipeline import window_processing
from privacy.erasure import erasure
from teaching.rules import drafts
from tests.fixtures.sockets import recordings
from tests.platform.pipeline.test_model_decides import (
    WRONG_AT,
    sit_through,
    sitting,  # noqa: F401
)
from tests.platform.pipeline.test_rules_use import rules_may  # noqa: F401

pytestmark = pytest.mark.django_db
STATE = {"any": [{"cmp": [name, ">=", 0.6]} for name in BEHAVIOUR_STATES]}
WRONG = {"cmp": ["wrong_on_item", ">=", 1]}


@pytest.fixture
def rule(sitting, ines, now):  # noqa: F811
    """Put one rule of the course in force, and no other that reads estimates of this lesson."""
    for other in ("R1", "R2"):
        active_rules.switch_rule(sitting.unit.course, other, enabled=False, by=ines, now=now)

    def save(when):
        body = drafts.BLANK_RULE | {"when": when, "dwell_s": 10}
        return versions.save_version(
            sitting.unit.course, None, body, by=ines, share=1.0, now=now
        ).rule

    return save


def permit_of(sitting, now):  # noqa: F811
    return gate.permit(sitting.learner.code, "course", now=now)


def test_a_state_beside_a_wrong_answer_brings_an_offer_with_its_scopes(rule, sitting, now):  # noqa: F811
    name = rule({"all": [STATE, WRONG]})

    sit_through(sitting, recordings.recording())

    offer = Intervention.objects.get(rule=name)
    assert offer.cut * 5 >= WRONG_AT
    why = read_reason(offer, now=now)["why"]
    assert why["estimated"][0]["text"].startswith("A pattern that often goes with ")
    assert "pointer:adapt" in offer.scopes


def test_the_same_rule_does_nothing_where_only_reports_may_be_used(
    rule,
    sitting,  # noqa: F811
    rules_may,  # noqa: F811
):
    name = rule({"all": [STATE, WRONG]})
    rules_may("self_report_only")

    sit_through(sitting, recordings.recording())

    assert not Intervention.objects.filter(rule=name).exists()
    assert BehaviourEstimate.objects.exists()


@pytest.mark.parametrize("other", [None, {"cmp": ["course_idle_s", ">=", 20]}])
def test_a_state_alone_or_beside_silence_is_no_rule(rule, other):
    with pytest.raises(RuleError, match="biometric"):
        rule({"all": [STATE, *([other] if other else [])]})


def test_after_a_withdrawal_its_windows_bring_no_offer(rule, sitting, now):  # noqa: F811
    name = rule({"all": [STATE, WRONG]})
    at = now + timedelta(seconds=60)
    sit_through(sitting, recordings.recording(), seconds=60)
    assert BehaviourEstimate.objects.exists()
    scopes = [f"{stream}:adapt" for stream in ("pointer", "activity", "typing")]
    erasure.withdraw(sitting.learner.code, scopes, now=at)

    for second in range(60, 150, 5):
        then = now + timedelta(seconds=second + 2)
        window_processing.drain(now=lambda then=then: then, rng=random.Random(1))

    assert not BehaviourEstimate.objects.exists()
    assert not Intervention.objects.filter(rule=name).exists()


def test_disputing_the_offer_disputes_the_behaviour_and_undo_restores_it(rule, sitting, now):  # noqa: F811
    name = rule({"all": [STATE, WRONG]})
    sit_through(sitting, recordings.recording())
    offer, permit = Intervention.objects.get(rule=name), permit_of(sitting, now)
    assert BehaviourEstimate.objects.filter(status="live").exists()

    vetoes.dispute_offer(offer.code, permit, now=now)
    assert not BehaviourEstimate.objects.filter(status="live").exists()

    assert vetoes.undo(offer.code, permit, now=now)
    assert BehaviourEstimate.objects.filter(status="live").exists()


def test_steps_after_a_dispute_of_the_session_are_disputed_too(rule, sitting, now):  # noqa: F811
    sit_through(sitting, recordings.recording(), seconds=90)
    behaviour_disputes.dispute(sitting.id, permit_of(sitting, now), now=now)

    for second in range(90, 150, 5):
        then = now + timedelta(seconds=second + 2)
        window_processing.drain(now=lambda then=then: then, rng=random.Random(1))

    later = BehaviourEstimate.objects.filter(sitting=sitting, cut__gte=20)
    assert {row.status for row in later} >= {"disputed"}
    assert not BehaviourEstimate.objects.filter(status="live").exists()
