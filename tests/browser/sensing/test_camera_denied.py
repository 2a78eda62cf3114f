"""A camera that the browser blocks: the lamp says so, other streams and the course go on."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.consent.test_withdrawal import move, prepare, taken, work_until
from tests.fixtures.browser import fake_camera

# Fixtures: a site that records all messages, and a browser with a clip as its camera.
answer, browser, clip = fake_camera.answer, fake_camera.browser, fake_camera.clip
site, wire = fake_camera.site, fake_camera.wire


@pytest.mark.full_chromium
@pytest.mark.parametrize("answer", ["refuse"], indirect=True)
def test_a_blocked_camera_is_reported_by_the_lamp_only(visit, site, in_database):
    in_database(prepare)
    seen = visit().sign_in("mia")
    page = seen.go("/consents/")
    for name in ("Camera", "Pointer and typing"):
        page.get_by_role("switch", name=f"{name}, help for me").click()
    page.get_by_role("button", name="Save my choices").click()
    expect(page.get_by_text("Saved.")).to_be_visible()

    seen.unit("video-04")
    quality = page.locator("[data-lamp-quality]")
    expect(quality).to_have_text("camera: not allowed by the browser", timeout=20_000)
    expect(page.locator("[data-lamp-what]")).to_have_text("Pointer, typing")
    page.get_by_role("button", name="Play", exact=True).click()
    seen.until("document.querySelector('video').currentTime > 0.2")
    move(page, 2)
    work_until(page, in_database, taken, 20)
    seen.shot("camera-denied")
    assert {stream for stream, _ in in_database(taken)} <= {"pointer", "typing"}

    asked = in_database(lambda: site.units["quiz-01"].questions.get(position=1).code)
    page = seen.unit("quiz-01", f"?question={asked}")
    page.get_by_role("button", name="Check answer").wait_for()
    page.get_by_role("button", name="Show a hint").click()
    expect(page.locator(".ladder .rung").first).to_be_visible()
