"""Deleting the last ten minutes: from the lamp, with sensing going on, and from My data by
keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.consent import test_withdrawal as story
from tests.browser.pages.test_learner_pages import SIDEWAYS

# Fixtures: a site that records all messages, and a quiz in which mia is sensed.
answer, browser, clip = story.answer, story.browser, story.clip
quiz, site, wire = story.quiz, story.site, story.wire


def test_the_lamp_deletes_the_minutes_and_sensing_continues_in_a_new_epoch(quiz, in_database):
    seen = quiz()
    page = seen.page
    story.work_until(page, in_database, lambda: len(story.taken()) >= 2)

    page.locator("[data-lamp-open]").click()
    seen.shot("last-minutes-lamp")
    page.get_by_role("button", name="Delete the last 10 minutes").click()

    told = page.locator("[data-toast-text]")
    expect(told).to_have_text(re.compile("^Deleted: .*The rest is kept, encrypted with a new key"))
    assert all(epoch > 1 for _, epoch in in_database(story.taken))
    story.work_until(page, in_database, lambda: ("pointer", 2) in story.taken())
    assert all(epoch == 2 for _, epoch in in_database(story.taken))


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)], ids=["wide", "narrow"])
def test_my_data_deletes_by_keyboard_and_says_what_was_deleted(
    quiz, visit, in_database, width, dark
):
    first = quiz()
    story.work_until(first.page, in_database, lambda: len(story.taken()) >= 1)
    seen = visit(width=width, dark=dark).sign_in("mia")
    seen.go("/my-data/")
    seen.page.get_by_label("Everything sensed").focus()
    seen.page.keyboard.press("Tab")
    seen.page.keyboard.press("Enter")

    said = seen.page.locator("section[aria-labelledby=last-minutes] [role=status]")
    expect(said).to_contain_text("Deleted: ")
    seen.shot(f"last-minutes-{width}")
    assert seen.page.evaluate(SIDEWAYS) <= 0
    assert seen.violations() == []
