"""A Steward adds a person, who sets a password by the link and signs in."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.fixtures.users import make

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PEOPLE = "/steward/people/"
PASSWORD = "a long enough phrase"


@pytest.fixture
def amir(site):
    site.people["amir"] = make("amir", now=timezone.now())
    return site.people["amir"]


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (360, True)], ids=["wide", "narrow"])
def test_the_pages_have_no_violation_and_fit(amir, site, visit, width, dark):
    seen = visit(width=width, dark=dark)
    noah = site.people["noah"].code
    pages = {
        "list": PEOPLE,
        "none": f"{PEOPLE}?q=nobody",
        "add": f"{PEOPLE}add/",
        "account": f"{PEOPLE}{noah}/account/",
        "edit": f"{PEOPLE}{noah}/edit/",
    }
    for name, path in pages.items():
        seen.log_in("amir", path) if name == "list" else seen.go(path)
        seen.shot(f"people-{name}-{'dark' if dark else 'light'}-{width}")
        assert seen.page.evaluate(SIDEWAYS) <= 0, name
        assert seen.violations() == [], name


def test_a_person_who_is_added_signs_in_by_the_link(amir, visit):
    steward = visit(scripts=False).log_in("amir", PEOPLE)
    page = steward.page
    page.get_by_role("link", name="Add person").click()
    page.get_by_label("Name", exact=True).fill("Lena Fischer")
    page.get_by_label("Username").fill("lena")
    page.get_by_label("Email (optional)").fill("lena@school.example")
    page.get_by_role("button", name="Add person").click()
    expect(page.get_by_role("heading", name="Sign-in link for Lena Fischer")).to_be_visible()
    link = page.get_by_label("Link", exact=True).input_value()
    steward.shot("people-link")

    lena = visit().page
    lena.goto(link)
    lena.get_by_label("New password", exact=True).fill(PASSWORD)
    lena.get_by_label("Repeat the new password").fill(PASSWORD)
    lena.get_by_role("button", name="Save and sign in").click()
    expect(lena.get_by_text("Lena Fischer").first).to_be_visible()

    page.goto(page.url.replace("/add/", "/"))
    page.get_by_role("searchbox").fill("LENA@school.example")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="Lena Fischer").click()
    expect(page.get_by_text("Active")).to_be_visible()
    page.get_by_role("button", name="Lock").click()
    expect(page.get_by_role("button", name="Unlock")).to_be_visible()


def test_people_are_found_by_name_locked_together_and_exported(amir, visit):
    steward = visit().log_in("amir", PEOPLE)
    page = steward.page
    page.get_by_role("searchbox").fill("NOA")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("link", name="noah", exact=True)).to_be_visible()
    assert "NOA" not in page.url
    steward.shot("people-found")
    page.get_by_role("link", name="Show everyone").click()
    for name in ("noah", "mia"):
        page.get_by_role("row", name=name).get_by_role("checkbox").check()
    steward.shot("people-ticked")
    assert steward.violations() == []
    page.get_by_role("button", name="Lock", exact=True).click()
    expect(page.get_by_text("Done for 2 people.")).to_be_visible()
    steward.shot("people-locked")
    assert steward.violations() == []
    page.goto(f"{steward.site.url}{PEOPLE}")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export").click()
    rows = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert rows[0].startswith('"Number","Name","Username"')
    assert len(rows) == 6
