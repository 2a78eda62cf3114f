"""mia starts a thread that only her group can read, from the keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOOKS
from tests.browser.pages.test_learner_pages import SIDEWAYS
from tests.fixtures import factories


@pytest.fixture
def talk(site):
    """Return the address of a discussion in a course where mia is in a group."""
    unit = site.units["video-01"]
    factories.make_group(unit.course, site.people["mia"])
    return f"/units/{unit.code}/discussion/"


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_thread_is_written_for_the_own_group(talk, visit, width, dark):
    mia, look = visit(width=width, dark=dark).sign_in("mia"), f"{width}-{dark}"
    page = mia.go(talk)
    page.get_by_label("Title").fill("Before Tuesday?")
    choice = page.get_by_label("Who can read it")
    choice.focus()
    page.keyboard.press("ArrowDown")
    expect(choice).to_have_js_property("selectedIndex", 1)
    expect(page.get_by_text("you can no longer read, change or delete")).to_be_visible()
    page.get_by_label("Your question or comment").fill("Who has done the second one?")
    expect(page.get_by_text("Everyone in this course can read this.")).to_have_count(0)
    assert mia.violations() == []
    assert page.evaluate(SIDEWAYS) <= 0
    mia.shot(f"group-thread-choice-{look}")
    page.get_by_role("button", name="Post", exact=True).press("Enter")
    expect(page.get_by_role("heading", level=1, name="Before Tuesday?")).to_be_visible()
    expect(page.get_by_text("Only the group “Tuesday” and the teachers")).to_be_visible()
    expect(page.get_by_text("Everyone in this course can read this.")).to_have_count(0)
    assert mia.violations() == []
    mia.shot(f"group-thread-{look}")
    mia.go(talk)
    expect(page.get_by_text("only Tuesday")).to_be_visible()
    mia.shot(f"group-thread-list-{look}")
