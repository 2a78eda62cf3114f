"""An essay with a rubric in the editor: its criteria, its preview, and where it may be asked."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.authoring.test_build_course import new_question
from tests.browser.pages.test_learner_pages import SIDEWAYS


def fill(page):
    """Fill in the essay with one criterion."""
    page.get_by_label("Question. Put maths").fill("Why is a metre the same everywhere?")
    page.get_by_label("Word limit").fill("200")
    page.get_by_role("button", name="Add criterion").click()
    page.locator("#criteria-0-text").fill("Reason")
    page.get_by_label("Levels with their points").fill("No reason = 0\nClear reason = 3")


def test_an_essay_is_written_with_its_rubric_but_not_for_a_quiz(site, visit):
    seen = visit(width=360).sign_in("ines")
    page = seen.page
    seen.go(new_question(site, "essay"))
    fill(page)
    expect(page.locator("#preview textarea")).to_be_visible()
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Only a test can ask this.")).to_be_visible()
    expect(page.get_by_label("Levels with their points")).to_have_value(
        "No reason = 0\nClear reason = 3"
    )
    assert seen.violations() == []
    assert not page.evaluate(SIDEWAYS)
    seen.shot("essay-editor")
    seen.complaints[:] = [text for text in seen.complaints if "422" not in text]
