"""A person with an account here comes from a platform by others: link it, use it, remove it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.fixtures.lti.outside_platform import CLIENT, DEPLOYMENT, run_platform
from tests.fixtures.users import PASSWORD


@pytest.fixture
def outside(site):
    with run_platform(site.url) as platform:
        yield platform


def connect(site, outside):
    """Register the platform, with a course there that opens the demo's course."""
    from django.utils import timezone

    from lti.models import LearningPlatform, PlatformCourse

    now, facts = timezone.now(), outside.facts()
    named = {each: facts[each] for each in ("name", "issuer", "login_url", "token_url", "keys_url")}
    platform = LearningPlatform.objects.create(
        **named, client_id=CLIENT, deployments=[DEPLOYMENT], age_band="adult", made_at=now
    )
    PlatformCourse.objects.create(
        platform=platform, deployment=DEPLOYMENT, context="context-1", title="Physics 7b",
        course=site.course, seen_at=now, due_at=now,
    )  # fmt: skip


def owner():
    """Return who is linked, and how many people there are."""
    from accounts.models import User
    from lti.models import PlatformAccount

    return [row.person.pk for row in PlatformAccount.objects.all()], User.objects.count()


def narrow(seen, name):
    """Check the page wide and narrow: axe, no sideways scrolling, and pictures of both."""
    assert seen.violations() == []
    seen.shot(name)
    seen.page.set_viewport_size({"width": 360, "height": 800})
    seen.until("document.documentElement.scrollWidth <= innerWidth")
    seen.shot(f"{name}-narrow")
    seen.page.set_viewport_size({"width": 1280, "height": 800})


def test_a_learner_links_the_account_they_have_and_removes_the_link(
    visit, site, outside, in_database
):
    in_database(lambda: connect(site, outside))
    before = in_database(owner)
    seen = visit()
    page = seen.page
    seen.sign_in("noah")
    page.goto(f"{outside.address}/start")
    expect(page.get_by_role("heading", name="Do you already have an account here?")).to_be_visible()
    expect(page.get_by_text("You are signed out in this browser first.")).to_be_visible()
    narrow(seen, "lti-first")
    page.get_by_role("button", name="Sign in to my account").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.locator("input[name=login]").fill("mia")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Link these accounts?")).to_be_visible()
    for text in ("School Moodle", "Physics 7b", "Eve Example"):
        expect(page.get_by_role("main").get_by_text(text, exact=True)).to_be_visible()
    narrow(seen, "lti-link")
    assert in_database(owner) == before
    page.get_by_role("button", name="Link and open the course").click()
    expect(page).to_have_url(re.compile(f"/courses/{site.course.slug}/"))
    assert in_database(owner) == ([site.people["mia"].pk], before[1])

    again = visit()
    again.page.goto(f"{outside.address}/start")
    expect(again.page).to_have_url(re.compile(f"/courses/{site.course.slug}/"))

    seen.go("/accounts/security/")
    expect(page.get_by_role("heading", name="Linked platforms")).to_be_visible()
    narrow(seen, "lti-linked")
    page.get_by_role("button", name="Remove School Moodle").click()
    expect(page.get_by_text("The learning platform was removed.")).to_be_visible()
    expect(page.get_by_role("heading", name="Linked platforms")).not_to_be_visible()
    assert in_database(owner) == before


def test_a_learner_agrees_to_teach_with_the_linked_account(visit, site, outside, in_database):
    in_database(lambda: connect(site, outside))
    first, seen = visit(), visit()
    sign_in_to_link(first.page, outside)
    first.page.get_by_role("button", name="Link and open the course").click()
    expect(first.page).to_have_url(re.compile(f"/courses/{site.course.slug}/"))
    outside.ask(roles=["Instructor"])
    page = seen.page
    page.goto(f"{outside.address}/start")
    expect(page.get_by_role("heading", name="Do you teach there?")).to_be_visible()
    narrow(seen, "lti-teach")
    page.get_by_role("button", name="This is not me").click()
    expect(page.get_by_role("heading", name="Nothing was opened")).to_be_visible()
    narrow(seen, "lti-left")
    sign_in_to_link(page, outside)
    expect(page.get_by_role("heading", name="Teach with this account?")).to_be_visible()
    narrow(seen, "lti-agree")
    page.get_by_role("button", name="Agree and open the course").click()
    expect(page).to_have_url(re.compile(f"/teach/{site.course.slug}/"))


def sign_in_to_link(page, outside):
    page.goto(f"{outside.address}/start")
    page.get_by_role("button", name="Sign in to my account").click()
    page.locator("input[name=login]").fill("mia")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_staff_account_is_refused_with_the_other_choice(visit, site, outside, in_database):
    in_database(lambda: connect(site, outside))
    seen = visit()
    page = seen.page
    page.goto(f"{outside.address}/start")
    page.get_by_role("button", name="Sign in to my account").click()
    page.locator("input[name=login]").fill("ines")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="These accounts cannot be linked")).to_be_visible()
    seen.shot("lti-refused")
    page.get_by_role("link", name="Back, without linking").click()
    page.get_by_role("button", name="Continue as new").click()
    expect(page).to_have_url(re.compile(f"/courses/{site.course.slug}/"))
    # The refusal has status 403, which the browser reports.
    seen.complaints.clear()
