"""The journey on paper: no navigation, no buttons, tables open, ink and patterns."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random

from playwright.sync_api import expect

from demo import learner_history
from demo.learner_history import HistoryProfile
from estimates.knowledge import mastery


def past(site):
    now = datetime.now(UTC)
    learner_history.write_history(
        site.people["mia"], site.course, HistoryProfile(-2.5, offers=20), now=now, rng=Random(1)
    )
    mastery.refine_due(now=now)


def test_weeks_are_chosen_by_keyboard_and_printed_in_ink(visit, site, in_database):
    in_database(lambda: past(site))
    seen = visit().sign_in("mia")
    page = seen.go("/journey/")
    page.get_by_role("link", name="12 weeks").press("Enter")
    expect(page.get_by_role("heading", name="Twelve weeks")).to_be_visible()
    assert seen.violations() == []
    page.get_by_role("link", name="Earlier").press("Enter")
    expect(page.get_by_text("Nothing in these weeks.")).to_be_visible()
    page.get_by_role("link", name="Later").press("Enter")
    expect(page.get_by_role("heading", name="Twelve weeks", exact=True)).to_be_visible()

    page.emulate_media(media="print")
    for gone in ("header .bar", ".spans", "[data-controller='page/print']", "main summary"):
        expect(page.locator(gone).first).to_be_hidden()
    assert page.locator("main .btn:visible").count() == 0
    days = page.get_by_role("region", name="These weeks as a table of days")
    expect(days).to_be_visible()
    expect(page.get_by_role("region", name="What you probably knew, table")).to_be_visible()
    colours = page.evaluate(
        "[...document.querySelectorAll('.chart rect.act, .chart circle.self, .src')]"
        ".flatMap(e => [getComputedStyle(e).fill, getComputedStyle(e).color])"
    )
    assert colours
    assert set(colours) <= {"rgb(0, 0, 0)", "rgb(255, 255, 255)", "none"}
    page.set_viewport_size({"width": 700, "height": 1000})
    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(width) <= 0
