"""Journey 3 by keyboard alone: stuck, offered help with its reasons, postponed, offered again.

Accepted, hints lead to the correct answer. Nothing that appears or disappears moves the focus.
"""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F
from playwright.sync_api import expect

from pipeline import window_processing
from tests.fixtures.browser.keyboard import log_in
from tests.fixtures.browser.waits import numeric_places, offers, wait_until

QUIZ = "quiz-01"
DWELL_S = 20
# Seconds after her report: no offer yet, and an offer at the latest.
NOT_YET_S, THEN_S = DWELL_S - 2, DWELL_S + 15


@pytest.fixture
def asked(visit, site, in_database):
    """mia at a question with a numeric answer, and the question after it."""
    seen = visit()
    page = seen.page
    keys = log_in(seen, "mia")
    keys.follow(site.course.title)
    # The Sitting begins with the unit, and goes on from question to question.
    with page.expect_response("**/api/v1/sittings/"):
        keys.follow(re.compile("^" + re.escape(site.units[QUIZ].title)))
    # The quiz may open at any of its questions.
    others = [each for each in in_database(lambda: numeric_places(QUIZ)) if each[0] not in page.url]
    (code, right), (following, _) = others[:2]
    keys.to(page.locator(f"#places a[href*='{code}']")).go_in_place()
    page.wait_for_timeout(500)
    return seen, keys, right, following


def give(keys, page, text) -> None:
    """Type an answer over the previous one; the focus moves to the feedback."""
    keys.to(page.get_by_label("Your answer")).press("Control+a").type(text)
    with page.expect_response(lambda reply: reply.request.method == "POST"):
        keys.press("Enter")
    expect(page.locator("#question .fb, #question [data-next]").last).to_be_focused()


def get_stuck(keys, page) -> None:
    give(keys, page, "998877")
    give(keys, page, "998876")
    keys.to(page.get_by_role("button", name="Say more")).press("Enter")
    keys.to(page.get_by_role("button", name="Confused")).press("Enter")
    expect(page.locator("[data-report-note]")).to_have_text(
        "Saved. Teachers do not see your answer. If you allowed it, your answer is used "
        "in research, without your name."
    )


def grow_old(seconds: float) -> None:
    """Move everything done so far into the past by that time."""
    from courses.models import Response
    from estimates.models import SelfReport
    from telemetry.models import Event, Sitting, Window

    gone = timedelta(seconds=seconds)
    for model, column in (
        (Response, "answered_at"), (Event, "at"), (SelfReport, "made_at"), (Window, "due_at"),
        (Sitting, "began_at"),
    ):  # fmt: skip
        model.objects.update(**{column: F(column) - gone})


def work_off(seconds: float) -> None:
    """Run the worker at the end of each Window, up to this time after her report."""
    from estimates.models import SelfReport
    from telemetry.models import Sitting

    end = SelfReport.objects.latest("made_at").made_at + timedelta(seconds=seconds)
    at = Sitting.objects.latest("began_at").began_at
    while (at := at + timedelta(seconds=5)) < end:
        window_processing.drain(now=lambda at=at: at, rng=random.Random(1))


def has_said() -> bool:
    from estimates.models import SelfReport

    return SelfReport.objects.exists()


def offered(page, in_database):
    """Assert that the offer appears one dwell after the wrong answer, and not before."""
    wait_until(in_database, has_said, 5)
    in_database(lambda: grow_old(THEN_S))
    in_database(lambda: work_off(NOT_YET_S))
    assert in_database(offers) == []
    in_database(lambda: work_off(THEN_S))
    card = page.locator("section.offer")
    expect(card).to_be_visible()
    return card


def test_a_stuck_learner_postpones_an_explained_offer_by_keyboard(asked, in_database):
    seen, keys, _, _ = asked
    page = seen.page
    get_stuck(keys, page)
    card = offered(page, in_database)
    expect(page.get_by_role("button", name="Confused")).to_be_focused()

    keys.to(card.get_by_role("button", name="Why this?")).press("Enter")
    told = card.inner_text()
    done, said = told.index("Two answers to this question were not correct"), told.index("confused")
    assert done < said
    assert f"It waits {DWELL_S} seconds" in told
    keys.back_to(card.get_by_role("button", name="Later")).press("Enter")
    expect(card).to_have_count(0)
    expect(page.locator(".toast", has_text="OK, later.")).to_be_visible()
    wait_until(in_database, lambda: [outcome for _, _, outcome in offers()] == ["later"], 20)
    in_database(
        lambda: window_processing.drain(now=lambda: datetime.now(UTC), rng=random.Random(1))
    )
    assert len(in_database(offers)) == 1
    keys.to(page.get_by_label("Your answer"))


def test_an_accepted_offer_leads_by_hints_to_the_correct_answer_by_keyboard(asked, in_database):
    seen, keys, right, following = asked
    page = seen.page
    get_stuck(keys, page)
    card = offered(page, in_database)

    keys.to(card.get_by_role("button", name="Show a hint")).press("Enter")
    hints = page.locator(".ladder .hint-text")
    expect(hints).to_have_count(1)
    expect(page.locator("#hints [data-open]")).to_be_focused()
    further = page.locator("[data-hint-next]")
    expect(further).to_have_attribute("aria-disabled", "true")
    keys.to(further).press("Enter")
    expect(hints).to_have_count(1)
    expect(further).not_to_have_attribute("aria-disabled", "true", timeout=10_000)
    keys.press("Enter")
    expect(hints).to_have_count(2)
    expect(page.locator("#hints [data-open]").last).to_be_focused()

    give(keys, page, right)
    keys.to(page.locator(f"#places a[href*='{following}']")).go_in_place()
    expect(page.get_by_role("button", name="Show a hint")).to_have_count(1)
    assert hints.count() == 0
