"""States of behaviour as Facts: sure, recent and permitted, else unknown; never a deed."""

from __future__ import annotations

import uuid

import pytest

from adaptation.facts import behaviour_facts, course_records, estimate_facts, sitting_facts
from consent.permits import gate
from consent.scopes import ADAPT_SCOPES
from emotion.behaviour.simulated_sittings import TRUE
from estimates import behaviour_disputes, self_reports
from estimates.models import BEHAVIOUR_STATES
from interventions.facts import UNKNOWN, check_facts, get_fact
from privacy.erasure import erasure
from tests.fixtures.models.behaviour import store_step
from tests.fixtures.models.estimates import make_predictor_row, sensed_twice

pytestmark = pytest.mark.django_db
sitting = sensed_twice


@pytest.fixture
def model():
    return make_predictor_row("behaviour", "b", hop_s=10.0)


def facts_at(sitting, cut, now, *scopes):
    permits = gate.permits(sitting.learner.code, scopes or ADAPT_SCOPES, now=now).granted
    felt = estimate_facts.ShownMoment(sitting, cut, permits, None)
    (rows,) = behaviour_facts.load_recent([felt])
    return behaviour_facts.behaviour_facts(cut, rows, permits)


def absences(facts):
    assert {fact.value for fact in facts.values()} == {UNKNOWN}
    assert set(facts) == set(BEHAVIOUR_STATES)
    return {fact.absence for fact in facts.values()}


def test_the_states_are_those_of_the_model():
    assert set(BEHAVIOUR_STATES) == set(TRUE)


def test_a_sure_state_comes_with_range_scopes_quality_origin_and_age(sitting, model, now):
    for cut in (1, 3, 5, 7):
        state = "focused" if cut == 1 else "disengaged"
        store_step(sitting, cut, model, now, state=state, streams=("pointer", "face"))

    facts = facts_at(sitting, 8, now)

    check_facts(facts)
    away = facts["disengaged"]
    assert (away.value, away.low, away.high, away.quality) == (0.8, 0.7, 0.9, 0.9)
    assert (away.source, away.origin, away.since_s) == ("sensed", "simulated", 25.0)
    assert set(away.scopes) == {"pointer:adapt", "face:adapt"}
    assert (facts["focused"].value, facts["focused"].since_s) == (0.1, 0.0)


def test_unsure_missing_old_and_later_steps_are_unknown(sitting, model, now):
    assert absences(facts_at(sitting, 1, now)) == {"off"}
    store_step(sitting, 3, model, now, state="focused")
    store_step(sitting, 5, model, now)
    assert absences(facts_at(sitting, 5, now)) == {"unsure"}
    assert absences(facts_at(sitting, 7, now)) == {"off"}
    assert absences(facts_at(sitting, 2, now)) == {"off"}


def test_a_state_of_poor_quality_is_unknown_to_a_rule(sitting, model, now):
    store_step(sitting, 1, model, now, state="focused", quality=0.3)
    assert get_fact(facts_at(sitting, 1, now), "focused").absence == "quality"


def test_a_model_no_longer_in_use_gives_no_state(sitting, model, now):
    store_step(sitting, 1, model, now, state="focused")
    model.active = False
    model.save()
    assert absences(facts_at(sitting, 1, now)) == {"off"}


def test_without_a_permit_for_each_of_its_streams_it_is_unknown(sitting, model, now):
    store_step(sitting, 1, model, now, state="focused", streams=("pointer", "face"))
    assert absences(facts_at(sitting, 1, now, "pointer:adapt")) == {"off"}


def test_a_withdrawal_makes_it_unknown_and_a_new_grant_does_not_bring_it_back(
    sitting, model, allow, now
):
    store_step(sitting, 1, model, now, state="focused")
    erasure.withdraw(sitting.learner.code, ["pointer:adapt"], now=now)
    assert absences(facts_at(sitting, 1, now)) == {"off"}
    allow(sitting.learner, "pointer:adapt")
    assert absences(facts_at(sitting, 1, now)) == {"off"}


def test_a_permit_of_another_epoch_does_not_open_it(sitting, model, now):
    row = store_step(sitting, 1, model, now, state="focused")
    type(row).objects.filter(pk=row.pk).update(epochs=[7])
    assert absences(facts_at(sitting, 1, now)) == {"off"}


def test_a_disputed_state_is_read_by_no_rule_and_an_undone_dispute_is(sitting, model, now):
    store_step(sitting, 1, model, now, state="focused")
    permit = gate.permit(sitting.learner.code, "course", now=now)

    behaviour_disputes.dispute(sitting.id, permit, now=now)
    assert absences(facts_at(sitting, 1, now)) == {"off"}

    assert behaviour_disputes.undo(sitting.id, permit, now=now)
    assert facts_at(sitting, 1, now)["focused"].value == 0.8


def test_a_reported_feeling_outranks_the_state(sitting, model, now):
    store_step(sitting, 1, model, now, state="disengaged")
    permit = gate.permit(sitting.learner.code, "course", now=now)
    guessed = {**sitting_facts.unknown_estimates(), **facts_at(sitting, 1, now)}
    course = course_records.read(sitting, permit, now=now)
    read = sitting_facts.gather_facts(course, guessed, permit, now=now)
    assert read["disengaged"].value == 0.8

    self_reports.store(sitting, uuid.uuid4(), 1.0, "interest", permit, now=now)
    course = course_records.read(sitting, permit, now=now)
    read = sitting_facts.gather_facts(course, guessed, permit, now=now)
    assert read["disengaged"].value is UNKNOWN
