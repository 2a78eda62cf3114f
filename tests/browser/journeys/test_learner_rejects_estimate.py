"""An estimate brings an offer, and its Learner rejects the estimate.

Rejected, it counts nowhere. Undone, it counts again. With offers switched off for the course,
estimates bring none there.
"""

from __future__ import annotations

import math

from playwright.sync_api import expect

from tests.browser.journeys.test_confusion_brings_offer import prepare
from tests.fixtures.browser.sensed_quiz import answer_wrong


def statuses() -> set[str]:
    """Return the statuses of the estimates of the last half minute."""
    from estimates.models import AffectEstimate

    rows = AffectEstimate.objects.order_by("-cut").values_list("status", flat=True)
    return set(rows)


def is_off() -> bool:
    from adaptation.models import CourseVeto

    return CourseVeto.objects.exists()


def test_an_estimate_is_rejected_and_offers_from_estimates_are_switched_off(
    worker, visit, site, in_database
):
    in_database(lambda: prepare(site))
    mia = answer_wrong(visit, in_database, math.inf)
    page = mia.page

    offer = page.locator("section.offer")
    offer.wait_for(state="visible", timeout=60_000)
    offer.get_by_role("button", name="Why this?").click()
    offer.get_by_role("button", name="That’s not right").click()
    toast = page.locator(".toast", has_text="This estimate no longer counts anywhere")
    expect(toast).to_be_visible()
    expect(offer).to_have_count(0)
    assert "disputed" in in_database(statuses)
    mia.shot("veto-wrong")

    toast.get_by_role("button", name="Undo").click()
    offer.wait_for(state="visible", timeout=20_000)
    assert "disputed" not in in_database(statuses)

    offer.get_by_role("button", name="Why this?").click()
    offer.get_by_role("button", name="Turn off suggestions from estimates in this course").click()
    expect(offer).to_have_count(0)
    assert in_database(is_off)
    mia.go("/journey/")
    expect(page.locator("#wishes")).to_contain_text("No suggestions from estimates here")
    mia.shot("veto-off")
    assert mia.violations() == []
    page.get_by_role("button", name="Use estimates again").click()
    expect(page.locator("#wishes")).to_contain_text("As each rule describes.")
    assert not in_database(is_off)
