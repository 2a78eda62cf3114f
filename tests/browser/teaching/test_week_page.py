"""ines reads what stood out this week, and opens the reason with the keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOOKS
from tests.browser.teaching.test_lesson_map import OUTSIDE, SIDEWAYS, story  # noqa: F401


def test_the_reason_is_one_press_from_the_summary(story, visit):  # noqa: F811
    ines = visit().sign_in("ines")
    page = ines.go(story)
    page.get_by_role("link", name="This week").click()
    expect(page.get_by_role("heading", name="Add a question after")).to_be_visible()
    why = page.get_by_role("link", name="See why").first
    why.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#part h2")).to_contain_text("was harder than usual")


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_summary_passes_axe_and_fits(story, visit, width, dark):  # noqa: F811
    tail = f"{'dark' if dark else 'light'}-{width}"
    ines = visit(width=width, dark=dark).sign_in("ines")
    page = ines.go(f"{story}week/")
    ines.shot(f"week-{tail}")
    assert page.evaluate(SIDEWAYS) <= 0
    assert page.evaluate(OUTSIDE) == 0
    assert ines.violations() == []
