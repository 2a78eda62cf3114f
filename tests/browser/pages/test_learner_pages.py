"""Every page of a Learner: no axe violation, no sideways scroll, no complaint, no scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LONG_LOOKS

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def paths(site):
    units = {
        ref: f"/units/{site.units[ref].code}/" for ref in ("video-04", "reading-04", "quiz-04")
    }
    return {
        "home": "/",
        "course": f"/courses/{site.course.slug}/",
        **units,
        "discussion": f"/units/{site.units['video-04'].code}/discussion/",
        "journey": "/journey/",
        "preferences": "/preferences/",
        "my-data": "/my-data/",
        "consents": "/consents/",
        "devices": "/consents/devices/",
        "security": "/accounts/security/",
        "tokens": "/accounts/tokens/",
    }


@pytest.mark.parametrize(("width", "dark"), LONG_LOOKS)
def test_no_page_has_a_violation_wide_or_narrow(visit, site, width, dark):
    tail = f"{'dark' if dark else 'light'}-{width}"
    seen = visit(width=width, dark=dark)
    seen.go("/accounts/login/")
    assert seen.violations() == []
    seen.sign_in("mia")
    for name, path in paths(site).items():
        seen.go(path)
        seen.page.wait_for_timeout(300)
        seen.shot(f"{name}-{tail}")
        assert seen.page.evaluate(SIDEWAYS) <= 0, (name, tail)
        assert seen.violations() == [], (name, tail)


def test_a_learners_whole_course_works_without_scripts(visit, site, in_database):
    from courses.models import Response

    seen = visit(scripts=False).log_in("mia")
    page = seen.page
    page.get_by_role("link", name="All lessons").click()
    page.get_by_role("link", name="Quiz: factoring").click()
    question = in_database(
        lambda: (
            site.units["quiz-04"].questions.filter(position__isnull=False, kind="single").first()
        )
    )
    seen.unit("quiz-04", f"?question={question.code}")
    for correct, wanted in ((False, "Not this one"), (True, "Next question")):
        letter = next(c["id"] for c in question.choices if c["correct"] is correct)
        page.locator(f"input[value={letter}]").check()
        page.get_by_role("button", name="Check answer").click()
        expect(page.get_by_text(wanted).first).to_be_visible()
    page.get_by_role("button", name="Show a hint").click()
    expect(page.locator(".ladder .rung").first).to_be_visible()
    seen.unit("video-04")
    expect(page.locator("video")).to_have_attribute("controls", "")
    expect(page.locator("[data-asked]")).to_have_count(3)
    page.locator("#transcript [data-start]").nth(3).click()
    assert "?t=" in page.url
    # Until then the film is loading; after signing out it would be a 401.
    page.wait_for_load_state("load")
    page.locator("summary.who").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{site.url}/accounts/login/?out=1")
    assert in_database(Response.objects.count) == 2


def test_an_unknown_url_shows_our_own_404_page(visit, site):
    seen = visit().sign_in("mallory")
    seen.go(f"/courses/{site.course.slug}/")
    expect(seen.page.get_by_role("heading", name="Page not found")).to_be_visible()
    assert seen.violations() == []
    # The browser reports the 404 of the page.
    seen.complaints[:] = [text for text in seen.complaints if "404" not in text]
