"""The rule studio's sentence: its errors, by keyboard, without scripts; and restored versions."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOOKS
from tests.fixtures.browser.rule_studio import in_force


@pytest.mark.parametrize(("width", "dark"), LOOKS)
@pytest.mark.usefixtures("worker")
def test_the_studio_renders_and_passes_axe(studio, width, dark):
    seen = studio("rules/R1/", width=width, dark=dark)
    page = seen.page
    page.select_option("#slot-dwell", "30")
    page.wait_for_selector("text=(was 10 seconds)")
    page.click("#re-go")
    expect(page.locator("#re")).to_be_focused()
    page.wait_for_selector(".figure", timeout=20_000)
    expect(page.locator("#re")).to_be_focused()
    assert "It would have made" in page.locator("[data-announce]").text_content()

    seen.shot(f"studio-{'dark' if dark else 'light'}-{width}")
    assert seen.violations() == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_replay_without_a_worker_says_so_and_can_be_cancelled(studio, in_database, width, dark):
    seen = studio("rules/R1/", width=width, dark=dark)
    page = seen.page
    page.click("#re-go")
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.focus("#re-cancel")
    page.wait_for_timeout(2600)
    expect(page.locator("#re-cancel")).to_be_focused()
    seen.shot(f"studio-replaying-{'dark' if dark else 'light'}-{width}")
    assert seen.violations() == []

    page.keyboard.press("Enter")
    expect(page.get_by_role("progressbar")).to_have_count(0)
    expect(page.locator("#re")).to_be_focused()
    assert in_database(states) == []


def states():
    from teaching.rules.replays.models import Replay

    return list(Replay.objects.values_list("state", flat=True))


def test_a_rule_from_estimates_alone_needs_a_behavioural_condition(studio):
    seen = studio()
    page = seen.page
    page.evaluate("window.notReloaded = true")

    page.select_option("#slot-signal-0-0", "confusion")
    page.wait_for_selector("#slot-signal-0-0-why")
    assert "A rule cannot act on an estimate alone" in page.inner_text("#slot-signal-0-0-why")
    assert page.is_disabled("button[value=save]")
    seen.shot("studio-refused")
    assert seen.violations() == []
    assert page.evaluate("document.activeElement.id") == "slot-signal-0-0"

    page.click("button[value=and]")
    page.wait_for_selector("#slot-signal-1-0")
    page.select_option("#slot-signal-1-0", "rewinds_60s")
    page.wait_for_selector(".reads >> text=You went back in the video two times")
    assert page.is_enabled("button[value=save]")

    page.select_option("#slot-signal-0-0", "wrong_on_item")
    page.wait_for_selector(".slot.course#slot-signal-0-0")
    page.click("button[value=drop-1-0]")
    page.wait_for_selector("#slot-signal-1-0", state="detached")
    assert page.is_enabled("button[value=save]")
    assert page.evaluate("window.notReloaded") is True


def test_a_version_is_reverted_and_the_undo_restores_it(studio, site, in_database):
    page = studio("rules/").page
    page.click("a:has-text('Stuck on a question')")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.select_option("#slot-dwell", "30")
    page.wait_for_selector("text=(was 10 seconds)")
    page.click("button[value=save]")
    page.wait_for_selector("text=version 3 is on")
    assert in_force(site, in_database, "R1")[:3] == (3, 1, 30)

    page.click("[aria-label='Switch to version 2']")
    page.wait_for_selector(".toast >> text=Version 2 is on")
    assert in_force(site, in_database, "R1")[:3] == (2, 1, 10)
    assert page.evaluate("document.activeElement.textContent") == "Undo"

    page.keyboard.press("Enter")
    page.wait_for_selector(".toast >> text=Version 3 is on")
    assert in_force(site, in_database, "R1")[:3] == (3, 1, 30)


def focus_by_tab(page, selector, most=80):
    """Move the focus there with the Tab key alone."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"expected to reach {selector} by Tab")


def test_a_rule_for_half_the_learners_is_built_by_keyboard_alone(studio, site, in_database):
    page = studio().page
    focus_by_tab(page, "#slot-value-0-0")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#slot-value-0-0 >> css=option[value='3'][selected]", state="attached")
    focus_by_tab(page, "#slot-dwell")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#slot-dwell >> css=option[value='30'][selected]", state="attached")
    assert page.evaluate("document.activeElement.id") == "slot-dwell"

    focus_by_tab(page, "button[value=half]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#versions")
    assert in_force(site, in_database, "C1")[:3] == (1, 0.5, 30)


def test_without_scripts_the_sentence_is_a_plain_form(studio, site, in_database):
    page = studio(scripts=False).page
    page.select_option("#slot-signal-0-0", "boredom")
    page.click("noscript button")
    page.wait_for_selector("#slot-signal-0-0-why")
    page.select_option("#slot-signal-0-0", "wrong_streak")
    page.click("button[value=and]")
    page.wait_for_selector("#slot-signal-1-0")
    page.click("button[value=half]")
    page.wait_for_selector("#versions")

    assert in_force(site, in_database, "C1")[:2] == (1, 0.5)
