"""The pages on which a Steward sets up the site, and a Learner sets a time zone."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from consent.notices.site_change import change_site
from tests.fixtures.accounts.people_imports import FILE, PAGE, work
from tests.fixtures.users import make
from tests.platform.accounts.site.test_site_facts import FACTS

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
WINDOWS = pytest.mark.parametrize(
    ("width", "dark"), [(1280, False), (360, True)], ids=["wide", "narrow"]
)


@pytest.fixture
def amir(site):
    site.people["amir"] = make("amir", now=timezone.now())
    return site.people["amir"]


@pytest.fixture
def looked():
    """`looked(seen, name)` takes a screenshot and asserts that the page has no violation."""

    def look(seen, name):
        expect(seen.page.locator("h1").first).to_be_visible()
        seen.shot(f"own-{name}")
        assert seen.page.evaluate(SIDEWAYS) <= 0, name
        assert seen.violations() == [], name

    return look


@WINDOWS
def test_a_list_of_people_is_read_checked_imported_and_undone(
    amir, visit, looked, in_database, width, dark
):
    seen = visit(width=width, dark=dark).log_in("amir", PAGE)
    page = seen.page
    looked(seen, f"import-{width}")
    file = {"name": "students.csv", "mimeType": "text/csv", "buffer": FILE.encode()}
    page.get_by_label("CSV file").set_input_files(file)
    page.get_by_label("Age group of new people without a date of birth").select_option("teen")
    page.get_by_role("button", name="Upload").click()
    looked(seen, f"import-reading-{width}")
    in_database(work)
    page.reload()
    expect(page.get_by_text("31.02.2011")).to_be_visible()
    looked(seen, f"import-check-{width}")
    page.get_by_role("button", name="Import 2 people").click()
    looked(seen, f"import-running-{width}")
    in_database(work)
    page.reload()
    expect(page.get_by_role("link", name="Show people")).to_be_visible()
    looked(seen, f"import-done-{width}")
    page.get_by_role("button", name="Undo").click()
    in_database(work)
    page.reload()
    looked(seen, f"import-undone-{width}")


@WINDOWS
def test_a_site_is_changed_and_new_notices_take_a_second_press(
    amir, visit, looked, in_database, width, dark
):
    in_database(lambda: change_site(FACTS, by=None, now=timezone.now()))
    seen = visit(width=width, dark=dark).log_in("amir", "/steward/site/")
    page = seen.page
    looked(seen, f"site-{width}")
    page.get_by_label("Contact for questions about the data").fill("01234 567")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Publish new privacy notices?")
    looked(seen, f"site-asks-{width}")
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_label("Contact for questions about the data")).to_have_value("01234 567")


@WINDOWS
def test_a_learner_chooses_a_time_zone_and_makes_a_calendar_address(
    site, visit, looked, width, dark
):
    seen = visit(width=width, dark=dark).log_in("mia", "/preferences/")
    page = seen.page
    looked(seen, f"preferences-{width}")
    page.get_by_label("Time zone", exact=True).select_option("Asia/Tokyo")
    page.get_by_role("region", name="Language and time zone").get_by_role("button").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("link", name="Calendar and email").click()
    looked(seen, f"calendar-{width}")
    page.get_by_role("button", name="Create an address").click()
    expect(page.get_by_text(".ics")).to_be_visible()
    looked(seen, f"calendar-made-{width}")
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("heading", name="No address yet")).to_be_visible()
