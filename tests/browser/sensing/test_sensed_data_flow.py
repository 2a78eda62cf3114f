"""The data that leaves a browser that senses: only numbers, no faster than the store accepts.

Nothing leaves before a Grant or after a night of sleep, and the learner sees what leaves.
"""

from __future__ import annotations

import struct
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from consent.grants import grants
from consent.notices import notices
from consent.stream_groups import group_of
from emotion.streams import load
from telemetry.blocks import partitions
from telemetry.models import Block, Sitting
from tests.browser.consent.test_withdrawal import KEPT, numeric_place
from tests.browser.pages.test_learner_pages import SIDEWAYS
from tests.fixtures.browser import fake_camera
from tests.fixtures.browser.fake_camera import PICTURES
from tests.platform.realtime.blocks.test_backpressure import hold_the_store

# Fixture: a site that records all messages.
site, wire = fake_camera.site, fake_camera.wire
PAGE_STREAMS = ("pointer", "typing", "activity", "layout")
CAMERA = ("face", "gaze", "rppg")
CANARY = "739184650217"
# Pointer positions that no feature of a second can equal.
PLACES = [(437, 613), (811, 577), (523, 709)]
MOST_BYTES_A_SECOND = 6000
ELSEWHERE = "school.example"
LONG = pytest.mark.long
ASLEEP = "(() => {{ const real = Date.now; Date.now = () => real() + {ms}; }})()"


@pytest.fixture
def browser(site, chromium):
    """A browser with a clip as camera and permission; the site also has another host name."""
    elsewhere = f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1"
    with chromium(
        *fake_camera.camera_flags(fake_camera.FACE), *fake_camera.ALLOWED, elsewhere
    ) as running:
        yield running


@pytest.fixture
def sensed(site, visit, in_database, wire):
    """`sensed("pointer", "face")` opens mia's lesson with these streams granted."""

    def allow(streams):
        mia, now = site.people["mia"], datetime.now(UTC)
        partitions.open_days()
        notices.publish(now)
        for stream in streams:
            notice = notices.current(group_of(stream), "adult", now=now)
            grants.grant(mia.code, [f"{stream}:adapt"], notice=notice, now=now, actor=mia.code)

    def opened(*streams, **look):
        in_database(lambda: allow(streams))
        seen = visit(**look)
        seen.page.add_init_script(fake_camera.SPY)
        seen.page.on("request", lambda asked: wire.urls.append(asked.url))
        return seen.sign_in("mia")

    return opened


def work(page, seconds: float) -> None:
    """Move the mouse and type into the question's field."""
    field = page.locator("main form input[inputmode]").first
    field.focus()
    ends, step = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        x, y = PLACES[step % len(PLACES)]
        page.mouse.move(x, y, steps=3)
        page.keyboard.press(CANARY[step % len(CANARY)])
        page.wait_for_timeout(120)
        step += 1
    field.fill(CANARY)
    page.wait_for_timeout(1500)


def sent(wire) -> list[bytes]:
    return [data for _, data in wire.frames if isinstance(data, bytes)]


def texts(wire) -> bytes:
    said = [data.encode() for _, data in wire.frames if isinstance(data, str)]
    return b"\n".join([*said, *wire.bodies, *(url.encode() for url in wire.urls)])


def rates(wire, seconds: float) -> dict[str, float]:
    """Return bytes per second of each stream, heads included, each Block once."""
    found = {}
    for name in load():
        blocks = {block.seq: len(block.raw) for block in wire.blocks(name)}
        if blocks:
            found[name] = sum(blocks.values()) / seconds
    return found


def declared_bytes() -> dict[str, float]:
    """Return the most bytes per second each stream may send.

    One Block a second has 24 bytes of head and its rows. Event rows: two beats a second; a layout
    of forty boxes each half minute. Device rates are the highest that our sensors request.
    """
    rows = {"heart": 2.0, "layout": 40 / 30, "ppg": 55.0, "eda": 32.0, "acc": 25.0, "eeg": 0.0}
    size = {"f4": 4, "i2": 2}
    return {
        name: 24 * min(1.0, one.rate_hz or 1.0)
        + rows.get(name, one.rate_hz or 0.0) * len(one.channels) * size[one.dtype]
        for name, one in load().items()
    }


def test_all_streams_together_stay_under_six_kilobytes_a_second():
    told = declared_bytes()
    print("\ndeclared bytes a second:", {name: round(each) for name, each in told.items()})
    assert sum(told.values()) <= MOST_BYTES_A_SECOND


@pytest.mark.parametrize("seconds", [8, pytest.param(60, marks=LONG)])
def test_only_numbers_leave_and_a_slow_store_gets_fewer(sensed, wire, in_database, seconds):
    seen = sensed(*PAGE_STREAMS, *CAMERA)
    seen.unit("quiz-01", f"?question={in_database(numeric_place)}")
    seen.until("state?.streams.face?.rows > 0", 60)
    wire.frames.clear()
    began = time.monotonic()
    # Boxes are sent when they change: here they move with the window's edge.
    seen.page.set_viewport_size({"width": 900, "height": 900})
    work(seen.page, seconds)
    until(seen.page, lambda: rates(wire, 1).keys() >= {*PAGE_STREAMS, "face", "gaze"}, 60)
    lasted = time.monotonic() - began

    told = rates(wire, lasted)
    print(f"\nmeasured bytes a second over {lasted:.0f} s:", {n: round(r) for n, r in told.items()})
    assert sum(told.values()) <= MOST_BYTES_A_SECOND
    assert_only_numbers(wire)
    assert {block.rate_hz for block in wire.blocks("face")} == {10}

    with store_held():
        until(seen.page, lambda: wire.blocks("face")[-1].rate_hz == 2, 60)
        until(seen.page, lambda: wire.blocks("gaze")[-1].rate_hz == 5, 60)
    seen.page.wait_for_timeout(2000)
    numbers = in_database(lambda: [*Block.objects.filter(stream="face").order_by("seq")])
    assert [block.seq for block in numbers] == list(range(len(numbers)))
    assert seen.page.evaluate("[errors, state.lost]") == [[], {}]


def assert_only_numbers(wire) -> None:
    """Assert that nothing sent contains a picture, a key, text or a pointer position."""
    said = texts(wire)
    for data in [*sent(wire), said]:
        assert not any(mark in data for mark in PICTURES)
        assert CANARY.encode() not in data
    for name in (b'"key', b'"code"', b"clientX", b"Digit"):
        assert name not in said
    for data in sent(wire):
        for place in {value for point in PLACES for value in point}:
            assert struct.pack("<f", place) not in data


class store_held:
    """Block the store meanwhile."""

    def __enter__(self) -> None:
        held, self.let_go = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=hold_the_store, args=(held, self.let_go))
        self.thread.start()
        assert held.wait(10)

    def __exit__(self, *_) -> None:
        self.let_go.set()
        self.thread.join(10)


def until(page, truth, seconds: float = 15) -> None:
    ends = time.monotonic() + seconds
    while not truth():
        assert time.monotonic() < ends, f"expected it within {seconds} s"
        page.wait_for_timeout(100)


def test_no_sensing_code_is_fetched_before_a_grant(visit, site, wire):
    """No library is served at all, and nothing is granted yet."""
    seen = visit()
    seen.page.route("**/vendor/**", lambda asked: asked.fulfill(status=404))
    seen.page.on("request", lambda asked: wire.urls.append(asked.url))
    seen.sign_in("mia")
    for path in ("/", "/consents/", "/journey/", "/my-data/"):
        seen.go(path)
    seen.unit("video-04")
    seen.page.get_by_role("button", name="Play", exact=True).click()
    seen.until("document.querySelector('video').currentTime > 0.2")
    seen.page.wait_for_timeout(1000)
    asked = [url for url in wire.urls if "/static/" in url]
    assert asked
    for part in (
        "/sensors/",
        "vendor/human",
        "vendor/tfjs",
        "vendor/face_mesh",
        "vendor/libraries",
    ):
        assert not [url for url in asked if part in url]
    assert sent(wire) == []


def test_a_night_of_sleep_ends_the_sitting_and_sends_nothing_stale(sensed, wire, in_database):
    seen = sensed("pointer", "activity")
    page = seen.unit("reading-04")
    seen.until("state?.streams.activity?.rows > 1", 20)
    until(page, lambda: len(sent(wire)) > 0)
    aged = timedelta(hours=24)
    in_database(lambda: Sitting.objects.update(began_at=datetime.now(UTC) - aged))
    before = in_database(lambda: Sitting.objects.get().id)
    heard = len(sent(wire))
    page.evaluate(ASLEEP.format(ms=24 * 3_600_000))

    note = page.locator(".toast")
    expect(note).to_contain_text("open or idle for a long time", timeout=5000)
    page.wait_for_timeout(1500)
    assert len(sent(wire)) <= heard + 1
    heard = len(sent(wire))
    assert page.evaluate(KEPT) == []
    expect(page.locator("[data-lamp-what]")).to_have_text("Sensing is off")
    seen.shot("asleep")
    note.get_by_role("button", name="Start again").click()
    stored_anew = Block.objects.exclude(sitting=before)
    until(page, lambda: in_database(stored_anew.exists))
    assert len(sent(wire)) > heard


def test_the_learner_sees_the_numbers_that_leave_and_one_pause_holds_everywhere(sensed, wire):
    seen = sensed("pointer", "activity")
    page = seen.unit("reading-04")
    journey = page.context.new_page()
    journey.goto(seen.site.url + "/journey/")
    expect(journey.locator("[data-lamp-what]")).to_have_text("Pointer, activity", timeout=10_000)

    page.bring_to_front()
    page.locator("[data-lamp-open]").click()
    page.get_by_role("button", name="Show what leaves this device").press("Enter")
    page.mouse.move(100, 100)
    page.mouse.move(200, 300, steps=5)
    numbers = page.locator("[data-preview]")
    expect(numbers).to_contain_text(
        "These 17 numbers, not your picture or the keys you press, leave"
    )
    expect(numbers.get_by_role("row", name="page visible")).to_contain_text("100%")
    expect(numbers).to_contain_text("Where the pointer is and what is under it stay here.")
    for width, scheme in ((1280, "light"), (360, "dark")):
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        seen.shot(f"preview-{width}")
        assert page.evaluate(SIDEWAYS) <= 0
        assert seen.violations() == []
    page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    expect(numbers).to_contain_text("Paused: nothing is measured and nothing leaves.")
    expect(journey.locator("[data-lamp-what]")).to_have_text("Sensing is off")
    page.get_by_role("dialog").get_by_role("button", name="Resume").click()
    page.keyboard.press("Escape")
    expect(journey.locator("[data-lamp-what]")).to_have_text("Pointer, activity")

    journey.bring_to_front()
    journey.keyboard.press("p")
    expect(journey.locator("[data-lamp-what]")).to_have_text("Paused")
    expect(page.locator("[data-lamp-what]")).to_have_text("Paused")
    # The site has acknowledged the pause, and with it all that left before.
    seen.until("state.paused && !state.pausing", 5)
    heard = len(sent(wire))
    page.wait_for_timeout(1500)
    assert len(sent(wire)) == heard
    journey.keyboard.press("p")
    seen.until("!state.paused && state.streams.activity.state === 'on'", 5)


def test_over_plain_http_nothing_is_sensed_and_it_says_what_to_do(
    sensed, wire, site, settings, browser
):
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, ELSEWHERE]
    seen = sensed("face", "pointer")
    seen.site = replace(site, url=site.url.replace("127.0.0.1", ELSEWHERE))
    seen.log_in("mia")
    page = seen.unit("video-04")
    seen.until("state?.streams.pointer?.state === 'insecure'", 10)
    expect(page.locator("[data-lamp-quality]")).to_contain_text("needs a secure address (https)")
    page.locator("[data-lamp-open]").click()
    expect(page.locator("[data-lamp-reason]")).to_contain_text("the https address")
    page.mouse.move(300, 300)
    page.wait_for_timeout(1500)
    assert sent(wire) == []
    seen.go("/consents/")
    expect(page.locator("[data-controller~='consent/consent']")).to_contain_text(
        "the https address"
    )
    assert not [url for url in wire.urls if "/sensors/" in url]
    seen.complaints.clear()  # the browser's own words on headers that need https


COLLECT = "async () => { await performance.measureUserAgentSpecificMemory(); }"


def megabytes(browser) -> float:
    """Return the memory of the largest process of the page, WebAssembly included."""
    told = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    held = [
        int(line.split()[1])
        for process in told
        if process["type"] == "renderer"
        for line in Path(f"/proc/{process['id']}/status").read_text().splitlines()
        if line.startswith("RssAnon")
    ]
    return max(held) / 1024


@LONG
@pytest.mark.parametrize("minutes", [1, 20])
def test_soak_every_block_is_accounted_for_and_memory_does_not_grow(
    sensed, wire, in_database, browser, minutes
):
    seen = sensed(*PAGE_STREAMS, *CAMERA)
    page = seen.unit("quiz-01", f"?question={in_database(numeric_place)}")
    seen.until("state?.streams.face?.rows > 100", 90)
    began, used = time.monotonic(), []
    while time.monotonic() - began < 60 * minutes:
        work(page, 8)
        page.evaluate(COLLECT)
        used.append(((time.monotonic() - began) / 60, megabytes(browser)))
    slope = float(np.polyfit(*np.transpose(used), 1)[0])
    print(f"\n{slope:+.2f} MB a minute:", *(f"{held:.0f}" for _, held in used))
    page.locator("[data-lamp-pause]").click()
    page.wait_for_timeout(5000)

    assert page.evaluate(KEPT) == []
    assert page.evaluate("state.lost") == {}
    errors = page.evaluate("errors")
    assert {error["detail"] for error in errors} <= {"paused"}
    for name in (*PAGE_STREAMS, *CAMERA):
        rows = Block.objects.filter(stream=name).order_by("seq")
        stored = in_database(lambda rows=rows: list(rows.values_list("seq", flat=True)))
        refused = {error["seq"] for error in errors if error["stream"] == name}
        assert stored == list(range(len(stored)))
        assert {block.seq for block in wire.blocks(name)} == {*stored} | refused
    assert minutes < 20 or slope < 1
