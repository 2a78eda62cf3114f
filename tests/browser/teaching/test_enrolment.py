"""Enrolling and removing people by hand and by keyboard, and how the pages look."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LONG_LOOKS


def test_a_list_is_previewed_enrolled_and_one_person_removed(visit, site):
    seen = visit().sign_in("ines")
    seen.go(f"/teach/{site.course.slug}/learners/")
    page = seen.page
    page.get_by_role("link", name="Add or remove people").click()
    page.get_by_label("Usernames or emails").fill("mallory\nmia")
    page.get_by_role("button", name="Preview").press("Enter")
    expect(page.get_by_role("row", name="2 mia Already in the course.")).to_be_visible()
    page.get_by_role("button", name="Add 1 person").press("Enter")
    expect(page.get_by_text("1 person was added.")).to_be_visible()
    page.get_by_role("button", name="Remove mallory").press("Enter")
    expect(page.get_by_text("mallory was removed.")).to_be_visible()
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_role("button", name="Remove mallory")).to_be_visible()


def test_a_learner_joins_by_a_link(visit, site):
    teacher = visit().sign_in("ines")
    teacher.go(f"/teach/{site.course.slug}/people/")
    teacher.page.get_by_role("button", name="Create a link").click()
    link = teacher.page.get_by_label("Link", exact=True).input_value()
    seen = visit().sign_in("mallory")
    seen.page.goto(link)
    seen.page.get_by_role("button", name="Join").click()
    expect(seen.page).to_have_url(f"{seen.site.url}/courses/{site.course.slug}/")


@pytest.mark.parametrize(("width", "dark"), LONG_LOOKS)
def test_the_enrolment_pages_are_accessible_wide_or_narrow(visit, site, width, dark):
    tail = f"{'dark' if dark else 'light'}-{width}"
    seen = visit(width=width, dark=dark).sign_in("ines")
    page = seen.page
    seen.go(f"/teach/{site.course.slug}/people/")
    page.get_by_role("button", name="Create a link").click()
    link = page.get_by_label("Link", exact=True).input_value()
    shown = {"people": []}
    page.get_by_label("Usernames or emails").fill("mallory\nmia\nsomebody@school.example")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("1 line has a problem.")).to_be_visible()
    seen.shot(f"people-wrong-{tail}")
    shown["people"] += seen.violations()
    page.get_by_role("button", name="Remove mia").click()
    expect(page.get_by_text("mia was removed.")).to_be_visible()
    seen.shot(f"people-{tail}")
    shown["people"] += seen.violations()
    other = visit(width=width, dark=dark).sign_in("mallory")
    other.page.goto(link)
    other.shot(f"join-{tail}")
    shown["join"] = other.violations()
    # Errors in a list come as a 422, which the browser logs to its console.
    seen.complaints[:] = [one for one in seen.complaints if "422" not in one]
    assert shown == {"people": [], "join": []}
