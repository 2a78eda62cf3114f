"""Why an offer's estimate was what it was: it appears in the open card after the offer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from adaptation.offers import payload
from consent.notices import notices
from emotion.cues import Cue
from estimates import explanation_worker
from estimates.explanations import Counterfactual, EstimateExplanation
from estimates.models import Explanation
from telemetry.models import Sitting
from tests.browser.lessons.test_easier_and_harder import QUIZ, SHOW, reply, wait_for_sitting
from tests.fixtures.consent import give_consent
from tests.fixtures.models.estimates import make_predictor_row, store_estimate
from tests.fixtures.offers import answer, leave_on, make_affect_fact, until_offered

SCOPES = ("face:adapt", "typing:adapt")
CUES = (Cue("typing", "log_flight_mean", False), Cue("face", "au04", True))
SAID = "typing and camera: typing faster than when you started, brows lower."


def make_offer(site, asked):
    """Return the messages of an offer from an estimate: at first, and once it is explained."""
    mia, now = site.people["mia"], datetime.now(UTC)
    before = now - timedelta(minutes=1)
    notices.publish(before)
    give_consent(mia, *SCOPES, now=before, by=mia)
    leave_on(site.course, site.people["ines"], {"R2"}, now)
    sitting = Sitting.objects.get(learner=mia, unit=site.units[QUIZ], ended_at=None)
    question = sitting.unit.questions.get(code=asked)
    answer(sitting, question, reply(question, correct=False), 0)
    by = make_predictor_row("affect", "a")
    for cut in range(1, 20):
        store_estimate(sitting, cut, by, now, streams=("face", "typing"), CONFUSION=0.8)
    planted = make_affect_fact("confusion", scopes=SCOPES)
    offer, _ = until_offered(sitting, planted, last=20, digest="a" * 12)
    first = payload.build_message(offer.code, sitting)
    found = EstimateExplanation(
        "CONFUSION", "", {}, 0.4, None, {"CONFUSION": CUES}, Counterfactual("camera", "")
    )
    row = Explanation.objects.select_related("learner").get()
    explanation_worker._store(row, found, now)
    return first, payload.build_message(offer.code, sitting)


def test_the_features_come_into_the_open_card_and_keep_the_focus(visit, site, in_database):
    seen = visit(width=360, dark=True).sign_in("mia")
    page = seen.unit(QUIZ)
    wait_for_sitting(seen, in_database, site, QUIZ)
    asked = page.locator("[data-question]").first.get_attribute("data-question")
    first, then = in_database(lambda: make_offer(site, asked))

    page.evaluate(SHOW, first)
    card = page.locator(".offer")
    why = card.get_by_role("button", name="Why this?")
    why.press("Enter")
    expect(card).to_contain_text("A pattern that often goes with confusion")
    expect(card).not_to_contain_text("brows lower")

    page.evaluate(SHOW, then)
    expect(card).to_have_count(1)
    expect(card).to_contain_text(SAID)
    expect(card).to_contain_text("Without the camera: not sure.")
    expect(why).to_be_focused()
    expect(why).to_have_attribute("aria-expanded", "true")
    assert seen.violations() == []
    seen.shot("offer-features")
