"""Calibration of relaxed face and gaze: recorded, rated and forgotten by the Learner."""

from __future__ import annotations

import time
from itertools import product

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SHOTS
from tests.fixtures.browser import fake_camera
from tests.fixtures.browser.fake_camera import CAMERA, SPY

answer, browser, clip = fake_camera.answer, fake_camera.browser, fake_camera.clip
allow, lesson, site, wire = (
    fake_camera.allow,
    fake_camera.lesson,
    fake_camera.site,
    fake_camera.wire,
)

KEPT = "Object.keys(JSON.parse(sessionStorage.getItem('attune.camera-setup') ?? '{}')).sort()"
DOTS = 9
DOT_S = 60


@pytest.fixture
def setup(lesson, allow):
    """mia's lesson with the camera on and the calibration dialog open."""

    def opened():
        allow(*CAMERA)
        seen, _ = lesson()
        seen.until("state?.streams.gaze?.rows > 0", 60)
        open_dialog(seen)
        return seen

    return opened


def open_dialog(seen) -> None:
    seen.page.locator("[data-lamp-open]").click()
    seen.page.get_by_role("button", name="Set up the camera").click()


def press_dots(seen) -> None:
    """Press every dot, and again where the camera had not seen the eyes yet."""
    for at in range(1, DOTS + 1):
        dot = seen.page.locator(f"[data-dot][data-at='{at}']")
        ends = time.monotonic() + DOT_S
        while dot.is_visible():
            assert time.monotonic() < ends, f"expected eyes at dot {at} within {DOT_S} s"
            seen.page.keyboard.press("Space")
            seen.page.wait_for_timeout(250)


def hear(page, name: str, detail: dict) -> list[str]:
    """Send this server message to the page; return what it still stores."""
    tell = "([name, detail]) => document.dispatchEvent(new CustomEvent(name, {detail}))"
    page.evaluate(tell, [f"attune:{name}", detail])
    return page.evaluate(KEPT)


def test_calibration_stays_in_the_tab_is_rated_and_ends_with_the_consent(setup):
    seen = setup()
    page = seen.page
    page.get_by_role("button", name="Start with your relaxed face").click()
    expect(page.locator("[data-setup-time]")).to_be_visible()
    expect(page.locator("[data-setup-rest]")).to_have_text(
        "Your relaxed face is saved in this tab.", timeout=25_000
    )
    assert page.evaluate(KEPT) == ["login", "neutral"]
    page.get_by_role("button", name="Start with the nine dots").click()
    expect(page.locator("[data-dots-say]")).to_contain_text("Dot 1 of 9")
    press_dots(seen)
    # The clip's eyes do not follow the dots, so the page must report the poor result.
    told = page.locator("[data-setup-gaze]")
    expect(told).to_contain_text("could not be measured")
    assert page.evaluate(KEPT) == ["login", "neutral"]
    assert hear(page, "consent", {"scope": "gaze:adapt", "granted": False}) == ["login", "neutral"]
    assert hear(page, "welcome", {"streams": [{"stream": "face"}]}) == ["login", "neutral"]
    assert hear(page, "welcome", {"streams": [], "why": "a test"}) == ["login", "neutral"]
    page.get_by_role("button", name="Close", exact=True).last.click()
    page.locator("[data-lamp-off]").click()
    expect(page.locator(".toast")).to_contain_text("Deleted at")
    assert page.evaluate("sessionStorage.getItem('attune.camera-setup')") is None


def test_the_dialog_and_the_dots_are_accessible(setup):
    seen = setup()
    page = seen.page
    for width, dark in product((1280, 360), (False, True)):
        look = f"{width}-{'dark' if dark else 'light'}"
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if dark else "light")
        seen.shot(f"camera-setup-{look}")
        assert seen.violations() == [], look
        page.get_by_role("button", name="Start with the nine dots").click()
        expect(page.locator("[data-dot]")).to_be_focused()
        page.screenshot(path=SHOTS / f"camera-dots-{look}.png")
        assert seen.violations() == [], look
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("[data-dot]")).to_be_hidden()
        expect(page.locator("[data-setup]")).to_be_visible()


LEFT_BEHIND = """
    sessionStorage.setItem('attune.camera-setup', JSON.stringify({
        login: document.cookie.split('csrftoken=')[1],
        neutral: {values: [], openness: 1, backend: 'human'},
    }))
"""

WELCOMED = """
    window.welcomed = false;
    document.addEventListener('attune:welcome', () => { window.welcomed = true; });
"""


def test_another_page_finds_no_calibration_after_withdrawal(lesson, allow):
    """Withdrawn elsewhere: the next page learns it from the server's first message."""
    allow("gaze:adapt")
    seen, _ = lesson(SPY + WELCOMED)
    seen.until("welcomed")
    seen.page.evaluate(LEFT_BEHIND)
    assert seen.page.evaluate(KEPT) == ["login", "neutral"]
    seen.page.reload()
    seen.until("welcomed && sessionStorage.getItem('attune.camera-setup') === null")
