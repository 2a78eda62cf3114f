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


def elsewhere(addresses):
    return [address for address in addresses if "vimeo.com" in address]


def test_the_learner_opens_the_link_in_a_new_tab_and_marks_it(unit, visit):
    seen = visit().sign_in("mia")
    page = seen.page
    addresses = []
    page.context.on("request", lambda request: addresses.append(request.url))
    page.context.route("https://vimeo.com/**", lambda route: route.fulfill(body="A film"))
    seen.go(f"/units/{unit.code}/")
    expect(page.locator(".note", has_text="Nothing is sensed on this page.")).to_be_visible()
    expect(page.get_by_text("Vimeo sees your IP address and may set cookies.")).to_be_visible()
    seen.shot("external-video")
    assert not elsewhere(addresses)
    assert seen.violations() == []

    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Watch on Vimeo").click()
    opened.value.wait_for_load_state()
    assert elsewhere(addresses) == [ADDRESS]
    assert opened.value.evaluate("[document.referrer, window.opener]") == ["", None]

    page.get_by_role("button", name="Mark as watched").click()
    page.wait_for_url("**/courses/*/")
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
    # The browser reports the 422 as a failed load; the page handles it.
    seen.complaints[:] = [text for text in seen.complaints if "422" not in text]
    page.get_by_label("Address of the video").fill(ADDRESS)
    page.get_by_role("button", name="Save draft").click()
    preview = page.locator("#preview")
    expect(preview.get_by_role("link", name="Watch on Vimeo")).to_have_attribute("href", ADDRESS)
    expect(page.locator("#address-why")).to_have_count(0)
    seen.shot("external-video-author")
    assert seen.violations() == []
