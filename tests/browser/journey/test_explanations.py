""" "Why this guess?" on the journey: asked by keyboard, answered by a worker, read in place."""

from __future__ import annotations

import random
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOOKS
from tests.browser.pages.test_learner_pages import SIDEWAYS
from tests.fixtures.sockets import recordings

SECONDS = 22


@pytest.fixture
def guesses(site):
    """The shipped prior's estimates of mia from recorded rows, made before the browser starts."""
    from consent.notices import notices
    from pipeline import window_processing as pipeline_windows
    from telemetry import sittings, windows
    from telemetry.blocks import partitions
    from tests.fixtures.consent import give_consent
    from tests.fixtures.models.estimates import register_shipped

    now, mia = datetime.now(UTC) - timedelta(seconds=SECONDS), site.people["mia"]
    partitions.open_days()
    notices.publish(now)
    give_consent(mia, *(f"{name}:adapt" for name in recordings.STREAMS), now=now, by=mia)
    register_shipped("prior", now=now)
    sitting = sittings.open(
        mia, site.units["video-04"], scenario="course", page=uuid.uuid4(), now=now
    )
    rows = recordings.recording().items()
    recordings.store(sitting, {n: (t[t < SECONDS], v[t < SECONDS]) for n, (t, v) in rows}, now=now)
    windows.fall_due(sitting.id, 0.0, now)
    at = now + timedelta(seconds=SECONDS)
    pipeline_windows.drain(now=lambda: at, rng=random.Random(1))


@pytest.mark.parametrize(("width", "dark"), LOOKS)
@pytest.mark.usefixtures("guesses", "worker")
def test_an_explanation_appears_and_keeps_the_focus(visit, width, dark):
    seen = visit(width=width, dark=dark).sign_in("mia")
    page = seen.go("/journey/")
    page.evaluate("window.notReloaded = true")
    page.get_by_role("button", name="Why this estimate?").first.focus()
    page.keyboard.press("Enter")
    reason = page.locator(".guess-why .src.sensed")
    expect(reason).to_contain_text("This can be wrong.", timeout=20_000)
    expect(reason).to_be_focused()
    assert page.locator("[data-announce]").text_content() == reason.text_content()

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader", name="The pointer")).to_be_visible()
    assert page.evaluate("window.notReloaded") is True
    seen.shot(f"journey-why-{'dark' if dark else 'light'}-{width}")
    assert page.evaluate(SIDEWAYS) <= 0
    assert seen.violations() == []


@pytest.mark.usefixtures("guesses", "worker")
def test_without_scripts_the_explanation_appears_after_a_reload(visit):
    page = visit(scripts=False).sign_in("mia").go("/journey/")
    page.get_by_role("button", name="Why this estimate?").first.click()
    expect(page.get_by_text("reload the page")).to_be_visible()
    for _ in range(20):
        if page.locator(".guess-why .src.sensed").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator(".guess-why .src.sensed")).to_contain_text("This can be wrong.")
