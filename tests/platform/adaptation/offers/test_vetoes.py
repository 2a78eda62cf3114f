"""A Learner's answer to an offer counts at once, for that Learner alone, and can be undone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import Http404

from adaptation.models import CourseVeto, Intervention, RuleState
from adaptation.offers import outcomes, payload, vetoes
from adaptation.rules import rule_states
from consent.permits import gate
from estimates.models import AffectEstimate
from tests.fixtures import factories
from tests.fixtures.models.estimates import make_predictor_row, store_estimate
from tests.fixtures.offers import (
    answer,
    decide,
    make_affect_fact,
    real_now,
    stuck_under_a_yes,
    until_offered,
)

pytestmark = pytest.mark.django_db
SCOPE = "pointer:adapt"
now, sitting = real_now, stuck_under_a_yes
SURE = make_affect_fact("confusion", scopes=(SCOPE,))


@pytest.fixture
def guesses(sitting, now):
    predictor = make_predictor_row("affect", "a")
    return [store_estimate(sitting, cut, predictor, now, CONFUSION=0.9) for cut in range(1, 6)]


@pytest.fixture
def offer(sitting, guesses):
    """R2's offer, after its dwell of 20 s."""
    found, cut = until_offered(sitting, SURE)
    assert (found.rule, cut) == ("R2", 5)
    return found


def permit_of(person, at):
    return gate.permit(person.code, "course", now=at)


def statuses():
    return list(AffectEstimate.objects.order_by("cut").values_list("status", flat=True))


def test_disputing_an_offer_disputes_its_estimates_and_withdraws_it(sitting, offer, mia):
    at = offer.decided_at
    vetoes.dispute_offer(offer.code, permit_of(mia, at), now=at)

    assert statuses() == ["disputed"] * 5
    assert payload.build_message(offer.code, sitting) is None
    assert RuleState.objects.get(rule="R2").dismissals == 1


def test_a_dispute_can_be_undone_within_ten_minutes(sitting, offer, mia):
    at = offer.decided_at
    vetoes.dispute_offer(offer.code, permit_of(mia, at), now=at)

    soon = at + timedelta(minutes=9)
    assert vetoes.undo(offer.code, permit_of(mia, soon), now=soon)

    assert statuses() == ["live"] * 5
    assert payload.build_message(offer.code, sitting) is not None
    assert RuleState.objects.get(rule="R2").dismissals == 0


def test_after_ten_minutes_it_stays(offer, mia):
    at = offer.decided_at
    vetoes.dispute_offer(offer.code, permit_of(mia, at), now=at)
    late = at + timedelta(minutes=10)
    assert not vetoes.undo(offer.code, permit_of(mia, late), now=late)
    assert statuses() == ["disputed"] * 5


def test_an_offer_without_estimates_cannot_be_disputed(sitting, mia, guesses):
    answer(sitting, sitting.unit.questions.get(position=1), "999", 1)
    offer, _ = until_offered(
        sitting, make_affect_fact("interest", scopes=(SCOPE,)), first=5, last=20
    )
    assert (offer.rule, offer.scopes) == ("R1", [SCOPE])
    with pytest.raises(Http404):
        vetoes.dispute_offer(offer.code, permit_of(mia, offer.decided_at), now=offer.decided_at)
    assert statuses() == ["live"] * 5


def test_a_learner_cannot_answer_anothers_offer(offer, noah):
    for said in (vetoes.dispute_offer, vetoes.undo):
        with pytest.raises(Http404):
            said(offer.code, permit_of(noah, offer.decided_at), now=offer.decided_at)


@pytest.mark.parametrize("word", ["later", "never"])
def test_a_dismissal_can_be_undone_and_no_longer_counts(sitting, offer, mia, word):
    at = offer.decided_at + timedelta(seconds=5)
    outcomes.record(offer.code, word, sitting, now=at)
    assert RuleState.objects.get(rule="R2").dismissals == 1
    assert payload.build_message(offer.code, sitting) is None

    assert vetoes.undo(offer.code, permit_of(mia, at), now=at)

    assert RuleState.objects.get(rule="R2").dismissals == 0
    assert payload.build_message(offer.code, sitting) is not None


def test_an_accepted_offer_cannot_be_undone(sitting, offer, mia):
    at = offer.decided_at + timedelta(seconds=5)
    outcomes.record(offer.code, "accepted", sitting, now=at)
    assert not vetoes.undo(offer.code, permit_of(mia, at), now=at)


def test_opting_out_hides_estimates_in_that_course_and_actions_still_count(sitting, mia, now):
    vetoes.switch_estimates(mia, sitting.unit.course, on=False, now=now)
    assert until_offered(sitting, SURE, last=20)[0] is None
    answer(sitting, sitting.unit.questions.get(position=1), "999", 1)
    offer, _ = until_offered(sitting, SURE, first=20, last=40)
    assert (offer.rule, offer.scopes) == ("R1", [])

    vetoes.switch_estimates(mia, sitting.unit.course, on=True, now=now)
    assert not CourseVeto.objects.exists()


def test_opting_out_withdraws_waiting_offers_with_estimates(sitting, offer, mia):
    vetoes.switch_estimates(mia, sitting.unit.course, on=False, now=offer.decided_at)
    assert Intervention.objects.get().outcome == "withdrawn"


def test_opting_out_applies_to_that_course_and_learner_alone(sitting, mia, noah, now):
    vetoes.switch_estimates(mia, sitting.unit.course, on=False, now=now)
    assert vetoes.is_opted_out(mia, sitting.unit.course)
    assert not vetoes.is_opted_out(noah, sitting.unit.course)
    assert not vetoes.is_opted_out(mia, factories.make_course())


def put_aside_twice(learner, rule, at):
    before = rule_states.states_of(learner)
    if rule not in before:
        RuleState.objects.create(learner=learner, rule=rule, phase="idle", since=at)
    for _ in range(2):
        rule_states.count_offer_outcome(learner, rule, "later", at)


def test_two_dismissals_raise_the_threshold_for_this_learner_until_reset(sitting, mia, noah, now):
    put_aside_twice(mia, "R2", now)
    course = sitting.unit.course

    found = vetoes.list_careful_rules(mia, [course], now=now)[course.pk]
    assert [(each.rule.id, each.raised) for each in found] == [("R2", 0.05)]
    assert vetoes.list_careful_rules(noah, [course], now=now) == {course.pk: []}
    weak = make_affect_fact("confusion", 0.57, scopes=(SCOPE,))
    assert until_offered(sitting, weak, last=12)[0] is None

    vetoes.reset_rule(mia, "R2")

    assert vetoes.list_careful_rules(mia, [course], now=now) == {course.pk: []}
    assert until_offered(sitting, weak, first=12, last=24)[0].rule == "R2"


def test_a_rule_without_a_threshold_has_nothing_to_raise(sitting, mia, now):
    put_aside_twice(mia, "R1", now)
    course = sitting.unit.course
    assert vetoes.list_careful_rules(mia, [course], now=now) == {course.pk: []}


def test_after_two_dismissals_about_a_skill_help_is_only_a_cue(sitting, mia):
    question = sitting.unit.questions.get(position=1)
    for cut in (1, 2):
        Intervention.objects.create(
            sitting=sitting, learner=mia, question=question, rule="R1", version=1, cut=cut,
            kind="hint", probability=1, delivered=True, sealed=b"", outcome="later",
            decided_at=sitting.began_at,
        )  # fmt: skip
    offer, _ = until_offered(sitting, SURE, first=3)
    assert payload.build_message(offer.code, sitting)["cue"] is True


def test_after_never_nothing_more_is_offered_for_this_question(sitting, offer):
    outcomes.record(offer.code, "never", sitting, now=offer.decided_at)
    assert not any(decide(sitting, cut, SURE) for cut in range(6, 90))
