"""Invitations by email: create an account behind the link, or join without one by a join link."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.site import site_facts
from courses import join_links
from tests.browser.conftest import LONG_LOOKS, LOOKS
from tests.fixtures.accounts.email_invitations import LENA, PASSWORD, allow
from tests.fixtures.users import make

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def open_site(site):
    """A site whose Steward lets Teachers and join links admit new people."""
    allow("join_links", ["northfield.example"], now=timezone.now())
    yield site
    site_facts.remember(site_facts.NO_FACTS, seconds=3600)


@pytest.fixture
def join(open_site):
    """The URL of a valid join link."""
    until = timezone.now() + timedelta(days=1)
    code = join_links.open_link(open_site.course, until=until, by=open_site.people["ines"])
    return f"/join/{code}/"


@pytest.fixture
def steward(open_site):
    open_site.people["amir"] = make("amir", now=timezone.now())
    return "amir"


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_from_the_teachers_page_to_an_account_in_the_course(open_site, visit, width, dark):
    tail, found = f"{'dark' if dark else 'light'}-{width}", {}

    def look(seen, name):
        seen.shot(f"invite-{name}-{tail}")
        found[name] = seen.violations()
        assert seen.page.evaluate(SIDEWAYS) <= 0, name

    teacher = visit(width=width, dark=dark).sign_in("ines")
    teacher.go(f"/teach/{open_site.course.slug}/people/")
    page = teacher.page
    page.get_by_label("Email addresses").fill(f"{LENA}\nomar@northfield.example")
    page.get_by_role("button", name="Create links").press("Enter")
    expect(page.get_by_text("They are shown only this once.")).to_be_visible()
    link = page.get_by_label(LENA).input_value()
    declined = page.get_by_label("omar@northfield.example").input_value()
    look(teacher, "people")

    other = visit(width=width, dark=dark)
    other.page.goto(declined)
    other.page.get_by_role("button", name="Decline").press("Enter")
    expect(other.page.get_by_role("heading", name="You declined")).to_be_visible()
    look(other, "declined")

    lena = visit(width=width, dark=dark)
    lena.page.goto(link)
    look(lena, "invited")
    lena.page.get_by_label("Your name").fill("Lena Fischer")
    lena.page.get_by_label("Date of birth").fill("1990-05-01")
    lena.page.get_by_label("New password", exact=True).fill(PASSWORD)
    lena.page.get_by_label("Repeat the new password").fill("another")
    lena.page.get_by_role("button", name="Create account and join").click()
    expect(lena.page.get_by_text("The two passwords do not match.")).to_be_visible()
    look(lena, "wrong")
    lena.page.get_by_label("New password", exact=True).fill(PASSWORD)
    lena.page.get_by_label("Repeat the new password").fill(PASSWORD)
    lena.page.get_by_role("button", name="Create account and join").press("Enter")
    expect(lena.page).to_have_url(f"{lena.site.url}/courses/{open_site.course.slug}/")

    again = visit(width=width, dark=dark)
    again.page.goto(link)
    expect(again.page.get_by_role("heading", name="no longer works")).to_be_visible()
    look(again, "gone")
    for seen in (lena, again):
        # The browser logs a refusal to its console.
        seen.complaints[:] = [
            one for one in seen.complaints if "400" not in one and "410" not in one
        ]
    assert found == {name: [] for name in found}


@pytest.mark.parametrize(("width", "dark"), LONG_LOOKS)
def test_a_visitor_of_a_join_link_asks_for_a_mail(join, visit, settings, width, dark):
    settings.EMAIL_HOST = "127.0.0.1"
    tail, found = f"{'dark' if dark else 'light'}-{width}", {}
    seen = visit(width=width, dark=dark)
    seen.go(join)
    seen.page.get_by_label("Your email").fill("lena@evil.example")
    seen.page.get_by_role("button", name="Send me an invitation").press("Enter")
    expect(seen.page.get_by_text("one of these domains: northfield.example")).to_be_visible()
    seen.shot(f"invite-join-{tail}")
    found["join"] = seen.violations()
    seen.page.get_by_label("Your email").fill(LENA)
    seen.page.get_by_role("button", name="Send me an invitation").press("Enter")
    expect(seen.page.get_by_role("heading", name="Check your email")).to_be_visible()
    seen.shot(f"invite-asked-{tail}")
    found["asked"] = seen.violations()
    seen.complaints[:] = [one for one in seen.complaints if "422" not in one]
    assert found == {"join": [], "asked": []}


def test_a_steward_chooses_how_accounts_are_made(steward, visit):
    seen = visit()
    seen.log_in(steward, "/steward/site/")
    expect(seen.page.get_by_label("As above, and by join links")).to_be_checked()
    seen.shot("invite-site-light")
    assert seen.violations() == []
    seen.page.get_by_label("By data stewards only").check()
    seen.page.get_by_role("button", name="Save").click()
    expect(seen.page.get_by_label("By data stewards only")).to_be_checked()
