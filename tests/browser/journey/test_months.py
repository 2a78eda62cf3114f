"""The page of months in a browser: read by keyboard, legible, printed whole and downloaded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOOKS
from tests.browser.pages.test_learner_pages import SIDEWAYS

PAGE = "/journey/months/"


@pytest.fixture
def lived(site):
    """Three months of mia: words, levels, answers, offers, and this month's estimates."""
    from consent.notices import notices
    from tests.fixtures.consent import give_consent
    from tests.fixtures.models.behaviour import store_step
    from tests.fixtures.models.estimates import make_predictor_row, store_estimate
    from tests.fixtures.past_months import answer, offer, say, sit

    now, mia = datetime.now(UTC), site.people["mia"]
    notices.publish(now)
    give_consent(mia, "pointer:adapt", now=now, by=mia)
    questions = list(site.course.questions.filter(position__isnull=False)[:12])
    words = ("confusion", "anxiety", "confidence")
    for months, label in enumerate(reversed(words)):
        at = now - timedelta(days=31 * months)
        sitting = sit(mia, at, unit=site.units["video-04"])
        levels = {"valence": 8 - 2 * months, "arousal": 3 + 2 * months}
        say(sitting, at, (label, levels), (label, {}), ("got_it", {}))
        offer(sitting, 1, at, "accepted", next_answer="right")
        offer(sitting, 2, at, "later", next_answer="wrong")
        for n, question in enumerate(questions):
            answer(mia, question, at + timedelta(seconds=n), correct=n % (months + 2) > 0)
    model, behaviour = make_predictor_row("affect", "a"), make_predictor_row("behaviour", "b")
    sitting = sit(mia, now, unit=site.units["video-04"])
    for minute in range(1, 12):
        labels = {} if minute % 4 == 0 else {"INTEREST": 0.7} if minute % 3 else {"CONFUSION": 0.6}
        store_estimate(sitting, 12 * minute, model, now, **labels)
        store_step(sitting, 12 * minute + 11, behaviour, now, state="focused" if minute % 5 else "")


@pytest.mark.parametrize(("width", "dark"), LOOKS)
@pytest.mark.usefixtures("lived")
def test_the_months_are_reached_from_the_journey_and_legible(visit, width, dark):
    seen = visit(width=width, dark=dark).sign_in("mia")
    page = seen.go("/journey/")
    page.get_by_role("link", name="Over the months").press("Enter")
    expect(page.get_by_role("heading", level=1, name="Over the months")).to_be_visible()
    months = page.locator("section.month")
    expect(months.first).to_contain_text("Confident")
    expect(months.first).to_contain_text("Estimated, not checked on people")
    expect(months.last).to_contain_text("No estimate is kept from this month")
    seen.shot(f"journey-months-{'dark' if dark else 'light'}-{width}")
    assert page.evaluate(SIDEWAYS) <= 0
    assert seen.violations() == []
    oldest = page.get_by_role("navigation", name="Which months").get_by_role("link").last
    oldest.press("Enter")
    expect(months.last.get_by_role("heading", level=2)).to_be_in_viewport()


@pytest.mark.usefixtures("lived")
def test_the_months_are_printed_whole_and_downloaded(visit):
    seen = visit().sign_in("mia")
    page = seen.go(PAGE)
    expect(page.get_by_role("button", name="Print")).to_be_visible()
    with page.expect_download() as found:
        page.get_by_role("link", name="Download as CSV").click()
    assert found.value.suggested_filename == "progress-by-month.csv"
    assert "Confident" in found.value.path().read_text(encoding="utf-8-sig")

    page.emulate_media(media="print")
    for gone in ("header .bar", ".spans", "[data-controller='page/print']"):
        expect(page.locator(gone).first).to_be_hidden()
    assert page.locator("main .btn:visible").count() == 0
    shown = page.locator("section.month h3:visible").count()
    assert shown == 4 * page.locator("section.month").count()
    page.set_viewport_size({"width": 700, "height": 1000})
    assert page.evaluate(SIDEWAYS) <= 0
