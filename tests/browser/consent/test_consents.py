"""The consent page in the browser: refusing is as easy as allowing, and acts at once (I-7)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from consent.models import Grant
from consent.notices import notices

POINTER = "Pointer and typing, help for me"


@pytest.fixture
def told(site, in_database):
    in_database(lambda: notices.publish(datetime.now(UTC)))


def live() -> set[str]:
    return set(Grant.objects.filter(live=True).values_list("scope", flat=True))


def test_continue_without_is_as_large_as_its_neighbours(visit, told):
    page = visit().sign_in("mia").go("/consents/")
    for pair in page.locator(".choice2").all():
        first, second = pair.locator(".btn").all()
        assert first.inner_text() == "Continue without"
        a, b = first.bounding_box(), second.bounding_box()
        assert abs(a["width"] - b["width"]) <= 0.05 * b["width"]
        assert abs(a["height"] - b["height"]) <= 0.05 * b["height"]
        look = "element => getComputedStyle(element).backgroundColor"
        assert first.evaluate(look) == second.evaluate(look)


def test_on_waits_for_save_and_off_is_at_once_with_the_keyboard_alone(visit, told, in_database):
    page = visit().sign_in("mia").go("/consents/")
    switch = page.get_by_role("switch", name=POINTER)
    teach = page.get_by_role("switch", name="Pointer and typing, class summary")
    expect(teach).to_have_attribute("aria-disabled", "true")
    switch.focus()
    page.keyboard.press("Space")
    expect(switch).to_have_attribute("aria-checked", "true")
    expect(teach).not_to_have_attribute("aria-disabled", "true")
    assert in_database(live) == set()
    page.get_by_role("button", name="Save my choices").press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert in_database(live) == {"pointer:adapt", "typing:adapt"}
    switch.focus()
    page.keyboard.press("Space")
    expect(page.locator(".toast")).to_contain_text("Deleted at")
    expect(switch).to_have_attribute("aria-checked", "false")
    assert in_database(live) == set()


def test_without_scripts_the_form_does_the_same(visit, told, in_database):
    page = visit(scripts=False).sign_in("mia").go("/consents/")
    page.get_by_role("checkbox", name=POINTER).check()
    page.get_by_role("button", name="Save my choices").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert in_database(live) == {"pointer:adapt", "typing:adapt"}
    page.get_by_role("button", name="Switch everything off").click()
    expect(page.get_by_role("checkbox", name=POINTER)).not_to_be_checked()
    assert in_database(live) == set()


def test_withdrawing_is_never_harder_than_granting(visit, told, in_database):
    """The number of presses and the size of the buttons, compared both ways (I-7)."""
    page = visit().sign_in("mia").go("/consents/")
    switch = page.get_by_role("switch", name=POINTER)
    before = switch.bounding_box()
    granting = [switch, page.get_by_role("button", name="Save my choices")]
    for press in granting:
        press.click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert in_database(live) == {"pointer:adapt", "typing:adapt"}
    after = switch.bounding_box()
    assert (after["width"], after["height"]) == (before["width"], before["height"])
    withdrawing = [switch]
    for press in withdrawing:
        press.click()
    expect(page.locator(".toast")).to_contain_text("Deleted at")
    assert in_database(live) == set()
    assert len(withdrawing) <= len(granting)


@pytest.mark.parametrize(
    ("who", "width", "profile"),
    [
        ("mia", 1280, "demo"),
        ("mia", 360, "demo"),
        ("noah", 360, "eu_education"),
    ],
)
def test_the_page_passes_axe_and_fits(visit, told, settings, who, width, profile):
    settings.LEGAL_PROFILE = profile
    seen = visit(width=width).sign_in(who)
    page = seen.go("/consents/")
    expect(page.get_by_role("switch").first).to_be_visible()
    seen.shot(f"consents-{who}-{profile}-{width}")
    assert seen.violations() == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
