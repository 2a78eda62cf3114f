"""A video on another site: its author enters the address, and the learner opens it there."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.fixtures import factories

ADDRESS = "https://vimeo.com/76979871"


@pytest.fixture
def unit(site):
    """A video on another site, the last unit of the course."""
    return factories.make_external_unit(site.course, address=ADDRESS)


def elsewhere(requests):
    return [request for request in requests if "vimeo.com" in request.url]


def test_the_learner_opens_the_link_in_a_new_tab_and_marks_it(unit, visit):
    seen = visit().sign_in("mia")
    page = seen.page
    asked = []
    page.context.on("request", asked.append)
    page.context.route("https://vimeo.com/**", lambda route: route.fulfill(body="A film"))
    seen.go(f"/units/{unit.code}/")
    expect(page.get_by_text("Nothing is sensed while you watch this video.")).to_be_visible()
    expect(page.get_by_text("Vimeo sees your IP address and may set cookies.")).to_be_visible()
    seen.shot("external-video")
    assert elsewhere(asked) == []
    assert seen.violations() == []

    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Watch on Vimeo").click()
    opened.value.wait_for_load_state()
    (request,) = elsewhere(asked)
    assert request.url == ADDRESS
    assert "referer" not in request.all_headers()
    assert opened.value.evaluate("window.opener") is None

    page.get_by_role("button", name="Mark as watched").click()
    expect(page).not_to_have_url(f"**/units/{unit.code}/")
    seen.go(f"/units/{unit.code}/")
    expect(page.get_by_text("You have watched this.")).to_be_visible()
    expect(page.get_by_role("button", name="Mark as watched")).to_have_count(0)


def test_the_author_enters_the_address_and_sees_what_learners_will_see(site, visit):
    seen = visit().sign_in("ines")
    page = seen.page
    seen.go(f"/author/courses/{site.course.slug}/")
    add = page.locator(".addunit").first
    add.locator("summary").click()
    add.get_by_role("radio", name="Video on another site").check()
    add.locator("input[name=title]").fill("Watch halves elsewhere")
    add.get_by_role("button", name="Add", exact=True).click()
    page.get_by_role("link", name="Watch halves elsewhere").click()

    page.get_by_label("Address of the video").fill("vimeo.com/76979871")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#address-why")).to_contain_text("begins with https://")
    page.get_by_label("Address of the video").fill(ADDRESS)
    page.get_by_role("button", name="Save draft").click()
    preview = page.locator("#preview")
    expect(preview.get_by_role("link", name="Watch on Vimeo")).to_have_attribute("href", ADDRESS)
    expect(page.locator("#address-why")).to_have_count(0)
    seen.shot("external-video-author")
    assert seen.violations() == []
