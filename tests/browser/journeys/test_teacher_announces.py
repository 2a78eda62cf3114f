"""ines writes an announcement by keyboard; mia reads the newest and dismisses the next."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOOKS
from tests.browser.pages.test_learner_pages import SIDEWAYS


def check(seen, name):
    seen.shot(name)
    assert seen.page.evaluate(SIDEWAYS) <= 0, name
    assert seen.violations() == [], name


def publish(seen, title, text):
    """Write an announcement with the keyboard alone, from the page of all."""
    page = seen.page
    page.get_by_role("link", name="New announcement").press("Enter")
    page.get_by_label("Title").press_sequentially(title)
    page.keyboard.press("Tab")
    page.keyboard.insert_text(text)
    return page


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_an_announcement_is_written_read_and_dismissed(visit, site, width, dark):
    look = f"{width}-{'dark' if dark else 'light'}"
    course, taught = f"/courses/{site.course.slug}/", f"/teach/{site.course.slug}/announcements/"
    ines, mia = (visit(width=width, dark=dark).sign_in(name) for name in ("ines", "mia"))
    ines.go(taught)
    expect(ines.page.get_by_role("heading", name="No announcements yet")).to_be_visible()
    check(ines, f"announcements-empty-{look}")

    page = publish(ines, "No lab on Friday", "It moves to **Monday**, 10:00.\n\n- Bring a ruler")
    page.get_by_role("button", name="Preview").press("Enter")
    expect(page.get_by_role("heading", name="Preview")).to_be_visible()
    expect(page.locator(".said strong")).to_have_text("Monday")
    check(ines, f"announcements-preview-{look}")
    page.get_by_role("button", name="Publish").press("Enter")
    expect(page.get_by_role("heading", name="No lab on Friday")).to_be_visible()
    publish(ines, "Room 12", "We meet in room 12.")
    page.get_by_role("button", name="Publish").press("Enter")
    expect(page.get_by_role("heading", name="Room 12")).to_be_visible()
    check(ines, f"announcements-list-{look}")

    mia.go(course)
    newest = mia.page.get_by_role("region", name="Announcement: Room 12")
    expect(newest).to_contain_text("by ines")
    expect(newest).to_contain_text("and 1 more unread")
    check(mia, f"announcements-course-{look}")
    newest.get_by_role("button", name=re.compile(r"Dismiss ?: Room 12")).press("Enter")
    older = mia.page.get_by_role("region", name="Announcement: No lab on Friday")
    expect(older).to_be_visible()
    older.get_by_role("link", name=re.compile(r"Read ?: No lab on Friday")).press("Enter")
    expect(mia.page.get_by_role("heading", name="Room 12")).to_be_visible()
    expect(mia.page.locator(".tag.act")).to_have_count(1)
    check(mia, f"announcements-read-{look}")
    mia.go(course)
    expect(mia.page.get_by_role("region", name="Announcement")).to_have_count(0)

    page.get_by_role("button", name=re.compile(r"Withdraw ?: Room 12")).press("Enter")
    expect(page.get_by_text("Learners no longer see it.")).to_be_visible()
    check(ines, f"announcements-withdrawn-{look}")
    page.get_by_role("button", name=re.compile(r"Undo ?: Room 12")).press("Enter")
    expect(page.get_by_role("button", name=re.compile(r"Withdraw ?: Room 12"))).to_be_visible()
