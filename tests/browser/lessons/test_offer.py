"""An offer on the page: at the bottom, without taking the focus, dismissed by Escape."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOOKS

OFFER = """document.dispatchEvent(new CustomEvent("attune:intervention", {detail: {
  code: "7f9f3c7e-2f63-4a58-9f0a-9f2e4c6f0a11", kind: "jump_back", question: null, jump: [32, 34],
  heading: "Want to see this part again?", text: "You went back three times.",
  actions: [{outcome: "accepted", label: "Watch it again"}, {outcome: "later", label: "Later"},
            {outcome: "never", label: "Not for this question"}],
  why: {course: ["You went back three times."], said: [], missing: ["Camera (switched off)"],
        estimated: [{text: "A pattern that often goes with confusion, 58–71 % likely.",
                     low: .58, high: .71, threshold: .55}],
        because: [], rule: "Rule “A part that stays unclear”, version 1.",
        waits: "It waits 20 seconds.",
        probability: "Whenever it applies, it is shown."}}}))"""


def test_an_offer_takes_no_focus_says_why_and_leaves_by_escape(visit):
    seen = visit().sign_in("mia")
    page = seen.unit("video-04", "?t=20")
    page.get_by_role("searchbox").focus()
    page.evaluate(OFFER)
    card = page.get_by_role("region", name="Want to see this part again?")
    expect(card).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.locator("[data-announce]")).to_contain_text("New suggestion below")
    card.get_by_role("button", name="Why this?").click()
    headers = card.get_by_role("rowheader").all_text_contents()
    assert headers == ["From the course", "You said", "Estimated", "Not used"]
    expect(card.get_by_role("img", name="Estimate: 58 to 71 percent")).to_be_visible()
    seen.shot("offer-light-1280")
    assert seen.violations() == []
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    page.evaluate(OFFER)
    card.get_by_role("button", name="Watch it again").click()
    seen.until("document.querySelector('video').currentTime >= 32")
    seen.until("document.querySelector('video').currentTime >= 33.9")
    seen.until("document.querySelector('video').paused")


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_collapsed_offer_opens_by_pointer(visit, width, dark):
    seen = visit(width=width, dark=dark).sign_in("mia")
    page = seen.unit("video-04", "?t=20")
    page.evaluate(OFFER.replace("question: null", "question: null, cue: true"))
    card = page.get_by_role("region", name="Want to see this part again?")
    sign = card.get_by_role("button", name="Help is ready: Want to see this part again?")
    expect(card.get_by_role("button", name="Watch it again")).to_be_hidden()
    seen.shot(f"offer-sign-{'dark' if dark else 'light'}-{width}")
    assert seen.violations() == []

    sign.click()
    expect(card.get_by_role("button", name="Watch it again")).to_be_focused()
