"""A unit that opens after another: the author selects it, and a learner opens it by finishing."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.fixtures import factories


@pytest.fixture
def units(site):
    """Two readings at the end of the course; the second opens after the first."""
    first = factories.make_reading_unit(site.course)
    second = factories.make_reading_unit(site.course)
    second.opens_after = first
    second.save()
    return first, second


@pytest.mark.parametrize("width", [1280, 375])
def test_finishing_the_needed_unit_opens_the_closed_one(units, site, visit, width):
    first, second = units
    seen = visit(width=width).sign_in("mia")
    page = seen.page
    seen.go(f"/courses/{site.course.slug}/")
    expect(page.get_by_text(f"opens after “{first.title}”")).to_be_visible()
    seen.shot(f"opens-after-list-{width}")
    page.get_by_role("link", name=second.title).click()
    expect(page.get_by_text("This opens once you have finished")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    seen.shot(f"opens-after-closed-{width}")
    assert seen.violations() == []

    page.get_by_role("link", name=f"Go to “{first.title}”").click()
    page.get_by_role("button", name="Mark as read").click()
    page.wait_for_url(f"**/units/{second.code}/")
    expect(page.get_by_text("An equation.")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 375])
def test_the_author_selects_an_earlier_unit_and_cannot_move_before_it(units, site, visit, width):
    first, second = units
    seen = visit(width=width).sign_in("ines")
    page = seen.page
    seen.go(f"/author/courses/{site.course.slug}/")
    row = page.locator(f"#unit-{second.ref}")
    expect(row).to_contain_text(f"opens after “{first.title}”")
    row.locator("details > summary").click()
    row.get_by_role("button", name="Move up").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(f"“{second.title}” opens after “{first.title}”")
    seen.complaints[:] = [text for text in seen.complaints if "422" not in text]
    seen.shot(f"opens-after-refused-{width}")
    assert seen.violations() == []

    page.get_by_role("link", name=second.title, exact=True).click()
    select = page.get_by_label("Opens after")
    expect(select).to_have_value(first.ref)
    seen.shot(f"opens-after-author-{width}")
    assert seen.violations() == []
    select.select_option("")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Draft saved.")).to_be_visible()
    expect(page.get_by_label("Opens after")).to_have_value("")
