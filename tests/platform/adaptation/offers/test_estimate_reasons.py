"""Why an offer's estimate was what it was: requested with the offer, and gone with its scopes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import translation

from adaptation.models import Intervention
from adaptation.offers import payload
from adaptation.offers.estimate_reasons import read_sentences
from consent.permits import gate
from emotion.cues import Cue
from estimates import explanation_worker, explanations
from estimates.explanations import Counterfactual, EstimateExplanation
from estimates.models import AffectEstimate, Explanation
from pipeline import page_messages
from tests.fixtures.consent import withdraw
from tests.fixtures.models.estimates import make_predictor_row, store_estimate
from tests.fixtures.offers import make_affect_fact, make_stuck, real_now, until_offered

pytestmark = pytest.mark.django_db
CUES = (Cue("typing", "log_flight_mean", False), Cue("face", "au04", True))
SAID = "typing and camera: typing faster than when you started, brows lower."
WITHOUT = "Without the camera: not sure."
SCOPES = ("face:adapt", "typing:adapt")

__all__ = ["real_now"]


@pytest.fixture
def began(real_now):
    return real_now - timedelta(minutes=5)


@pytest.fixture
def stuck(mia, allow, began):
    """mia, stuck for a minute, with an estimate for each Window."""
    allow(mia, *SCOPES, now=began - timedelta(minutes=1))
    return make_stuck(mia, began)


def offer_on(sitting, *, digest="a", **labels):
    """Let a rule act on confusion where these estimates are stored."""
    by = make_predictor_row("affect", "a")
    for cut in range(1, 60):
        at = sitting.began_at + timedelta(seconds=5 * cut)
        store_estimate(sitting, cut, by, at, streams=("face", "typing"), **labels)
    planted = make_affect_fact("confusion", scopes=SCOPES)
    offer, _ = until_offered(sitting, planted, digest=digest * 12)
    return offer


def answer(now, *, label="CONFUSION", cues=None):
    """Store what the worker computes for the one request."""
    row = Explanation.objects.select_related("learner", "estimate").get()
    shares = {"face": 0.2, "typing": 0.1}
    cues = {"CONFUSION": CUES} if cues is None else cues
    found = EstimateExplanation(label, "", shares, 0.4, None, cues, Counterfactual("camera", ""))
    explanation_worker._store(row, found, now)
    return row


def because(offer, sitting):
    return payload.build_message(offer.code, sitting)["why"]["because"]


def test_an_offer_from_an_estimate_requests_its_explanation(stuck, real_now):
    offer = offer_on(stuck, CONFUSION=0.8)
    asked = Explanation.objects.select_related("estimate").get()
    assert (asked.estimate.sitting_id, asked.estimate.cut) == (stuck.id, offer.cut)
    assert asked.due_at is not None
    assert because(offer, stuck) == []


def test_the_why_card_names_minute_streams_features_and_counterfactual(stuck, real_now):
    offer = offer_on(stuck, CONFUSION=0.8)
    made = answer(real_now).estimate.made_at
    assert because(offer, stuck) == [f"At {made:%H:%M}, {SAID}", WITHOUT]


def test_the_sentences_are_in_the_language_of_the_reader(stuck, real_now):
    offer = offer_on(stuck, CONFUSION=0.8)
    made = answer(real_now).estimate.made_at
    with translation.override("de"):
        assert because(offer, stuck) == [
            f"Um {made:%H:%M}, Tippen und Kamera: schneller getippt als zu Beginn, Brauen tiefer.",
            "Ohne Kamera: unsicher.",
        ]


def test_only_the_state_that_the_rule_read_is_explained(stuck, real_now):
    offer = offer_on(stuck, BOREDOM=0.6, CONFUSION=0.3)
    answer(real_now, label="BOREDOM", cues={"BOREDOM": CUES})
    assert because(offer, stuck) == []


def test_a_less_likely_state_that_the_rule_read_is_explained_without_counterfactual(
    stuck, real_now
):
    offer = offer_on(stuck, BOREDOM=0.6, CONFUSION=0.3)
    made = answer(real_now, label="BOREDOM").estimate.made_at
    assert because(offer, stuck) == [f"At {made:%H:%M}, {SAID}"]


def test_an_estimate_that_is_not_sure_is_not_explained(stuck):
    offer_on(stuck)
    assert set(AffectEstimate.objects.values_list("status", flat=True)) == {"abstained"}
    assert not Explanation.objects.exists()


def test_the_estimate_of_another_model_is_not_explained(stuck):
    assert offer_on(stuck, digest="b", CONFUSION=0.8) is not None
    assert not Explanation.objects.exists()


def test_a_request_about_another_model_at_the_same_moment_is_not_read(stuck, real_now):
    """On the journey a Learner may ask about each model; the rule read one of them."""
    offer = offer_on(stuck, CONFUSION=0.8)
    Explanation.objects.all().delete()
    at, beside = stuck.began_at, make_predictor_row("foursub", "b")
    other = store_estimate(stuck, offer.cut, beside, at, streams=("face", "typing"), CONFUSION=0.9)
    permit = gate.permit(stuck.learner.code, "course", now=real_now)
    explanations.ask(other.id, permit, now=real_now)
    answer(real_now)
    assert because(offer, stuck) == []


@pytest.mark.parametrize("scope", SCOPES)
def test_a_stream_that_was_switched_off_is_not_named(stuck, real_now, scope):
    offer = offer_on(stuck, CONFUSION=0.8)
    answer(real_now)
    withdraw(stuck.learner, [scope], now=real_now)
    assert read_sentences(offer, ["CONFUSION"], digest="a" * 12, now=real_now) == []


def test_the_offer_itself_holds_no_features(stuck, real_now):
    offer = offer_on(stuck, CONFUSION=0.8)
    before = bytes(Intervention.objects.get().sealed)
    row = answer(real_now)
    assert bytes(Intervention.objects.get(code=offer.code).sealed) == before
    assert b"log_flight" not in bytes(Explanation.objects.get(pk=row.pk).sealed)


def test_an_open_offer_is_sent_again_and_an_answered_one_is_not(stuck, real_now, monkeypatch):
    offer = offer_on(stuck, CONFUSION=0.8)
    row = answer(real_now)
    sent = []
    monkeypatch.setattr(page_messages.push, "notify", lambda group, hint: sent.append(hint))
    page_messages.deliver_reasons([row])
    assert sent == [{"type": "intervention.show", "code": str(offer.code)}]

    Intervention.objects.update(outcome="later")
    page_messages.deliver_reasons([row])
    assert len(sent) == 1
