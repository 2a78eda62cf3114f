"""Journey 2 by keyboard alone: the camera is switched on, covered, paused with P, switched off.

Each step is announced, and its result is on the receipts.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from consent.notices import notices
from telemetry.blocks import partitions
from tests.fixtures.browser import fake_camera
from tests.fixtures.browser.keyboard import log_in
from tests.fixtures.browser.waits import wait_until

# Fixtures: a site that records all messages, and a browser with a clip as its camera.
answer, browser, clip = fake_camera.answer, fake_camera.browser, fake_camera.clip
site, wire = fake_camera.site, fake_camera.wire

WANTED = ("Camera, help for me", "Pointer and typing, help for me")
# A covered lens: pictures still arrive, and show nothing.
COVER = "tracks.forEach((track) => { track.enabled = false; })"


@pytest.fixture
def told(site, in_database):
    in_database(partitions.open_days)
    in_database(lambda: notices.publish(datetime.now(UTC) - timedelta(minutes=1)))


def switch_on(keys, page) -> None:
    """Save two switches; the receipt names text and time and can be downloaded."""
    keys.follow(re.compile("^Consent$"))
    for name in WANTED:
        switch = page.get_by_role("switch", name=name, exact=True)
        keys.to(switch).press("Space")
        expect(switch).to_have_attribute("aria-checked", "true")
    keys.to(page.get_by_role("button", name="Save my choices")).leave("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    keys.to(page.locator("#receipts li a").first).leave("Enter")
    expect(page.locator("dl.facts")).to_contain_text(re.compile(r"Camera, version \d+"))
    expect(page.locator("dl.facts time")).to_have_text(re.compile(r"\d\d:\d\d:\d\d"))
    taking = page.get_by_role("link", name="Download as JSON")
    with page.expect_download() as found:
        keys.to(taking).press("Enter")
    assert found.value.suggested_filename.endswith(".json")


def cover(seen) -> None:
    """Cover the camera: nothing is estimated from what is not seen, and the lamp says so."""
    seen.page.evaluate(COVER)
    covered = time.monotonic()
    seen.until("state.streams.face.state === 'no_face'", 10)
    assert time.monotonic() - covered <= 5
    expect(seen.page.locator("[data-lamp-what]")).to_have_text(re.compile("no face", re.IGNORECASE))
    expect(seen.page.locator("[data-lamp-quality]")).to_have_text("no estimate")


def pause(keys, seen, wire) -> None:
    """Press P, wherever the focus is: the tracks end and no Block leaves any more."""
    keys.press("p")
    seen.until(fake_camera.CLOSED, 1)
    expect(seen.page.locator("[data-lamp-what]")).to_have_text("Paused")
    seen.until("state.paused && !state.pausing", 5)
    sent = len(wire.blocks("face"))
    seen.page.wait_for_timeout(1500)
    assert len(wire.blocks("face")) == sent


def switch_off(keys, seen) -> None:
    """Press once in the header; the focus stays in the lamp, whose other buttons disappear."""
    keys.to(seen.page.locator("[data-lamp-off]")).press("Enter")
    seen.until(fake_camera.CLOSED, 2)
    expect(seen.page.locator(".toast").last).to_contain_text("Deleted at")
    expect(seen.page.locator("[data-lamp-off]")).to_be_hidden()
    expect(seen.page.locator("[data-lamp-open]")).to_be_focused()


def streams() -> set[str]:
    from telemetry.models import Block

    return set(Block.objects.values_list("stream", flat=True))


@pytest.mark.timed
def test_the_camera_on_covered_paused_and_off_by_keyboard(visit, site, told, wire, in_database):
    seen = visit()
    page = seen.page
    page.add_init_script(fake_camera.SPY)
    keys = log_in(seen, "mia")
    switch_on(keys, page)
    keys.follow("Attune home")
    keys.follow(site.course.title)
    keys.follow("Factoring trinomials")
    seen.until("state?.streams.face?.rows > 0", 60)
    expect(page.locator(".lamp")).to_have_attribute("data-state", "on")
    cover(seen)
    pause(keys, seen, wire)
    assert "face" in in_database(streams)
    switch_off(keys, seen)
    wait_until(in_database, lambda: not streams(), 5)
    assert in_database(streams) == set()
    keys.follow(re.compile("^Consent$"))
    newest = page.locator("#receipts li").first
    expect(newest).to_contain_text("Switched off")
    expect(newest).to_contain_text(re.compile(r"removed|deleted|gone", re.IGNORECASE))
