"""The camera in a real browser, fed with a clip: numbers leave under a live grant, pictures never.

Chromium plays `tests/data/*.mjpeg` as its camera (tests/data/face-clip.txt says whose face it is).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

import numpy as np
import pytest
from playwright.sync_api import expect, sync_playwright

from consent import grants, notices
from emotion.streams import stream
from privacy import erasure
from telemetry import partitions
from telemetry.frames import parse
from telemetry.models import Block
from tests.browser.conftest import CHROMIUM, ROOT
from tests.browser.wire import listen

FACE = ROOT / "tests" / "data" / "face-clip.mjpeg"
NOBODY = ROOT / "tests" / "data" / "no-face-clip.mjpeg"
UNIT = "video-04"
CAMERA = ("face:adapt", "gaze:adapt")
# How files of pictures begin; four bytes, since numbers may hold any three by chance.
PICTURES = (
    b"\xff\xd8\xff\xe0",
    b"\xff\xd8\xff\xe1",
    b"\xff\xd8\xff\xdb",
    b"\x89PNG",
    b"WEBP",
    b"GIF8",
)
# A camera picture of any use is larger than a second of all our numbers together.
MOST_BYTES_A_SECOND = 4096
SPY = """
    window.tracks = []; window.words = []; window.state = null; window.errors = [];
    document.addEventListener('attune:error', (event) => errors.push(event.detail));
    const ask = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
    if (ask) navigator.mediaDevices.getUserMedia = async (wish) => {
        const media = await ask(wish);
        tracks.push(...media.getTracks());
        return media;
    };
    document.addEventListener('attune:state', (event) => {
        window.state = event.detail;
        const word = event.detail.streams.face?.state;
        if (word !== words.at(-1)) words.push(word);
    });
"""
CLOSED = "tracks.length > 0 && tracks.every((track) => track.readyState === 'ended')"


@pytest.fixture
def wire(monkeypatch):
    return listen(monkeypatch)


@pytest.fixture
def site(wire, site):
    return site


@pytest.fixture
def clip(request):
    """The file that is the camera; None = no camera at all."""
    return getattr(request, "param", FACE)


@pytest.fixture
def answer(request):
    """What the browser says for the Learner when it is asked for the camera."""
    return getattr(request, "param", "allow")


@pytest.fixture
def browser(site, clip, answer):
    """As elsewhere, with a camera that the Learner's browser allows."""
    camera = [f"--use-file-for-fake-video-capture={clip}", "--use-fake-device-for-media-stream"]
    allowed = ["--use-fake-ui-for-media-stream"] if answer == "allow" else []
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", *(camera if clip else []), *allowed],
        )
        yield running
        running.close()


@pytest.fixture
def allow(site, in_database):
    """`allow("face:adapt")`: what mia's consent page does."""

    def say_yes(*scopes):
        mia, now = site.people["mia"], datetime.now(UTC)
        partitions.open_days()
        notices.publish(now)
        notice = notices.current("camera", mia.age_band, now=now)
        grants.grant(mia.code, scopes, notice=notice, now=now, actor=mia.code)

    return lambda *scopes: in_database(lambda: say_yes(*scopes))


@pytest.fixture
def lesson(visit, wire):
    """mia's lesson with everything that leaves its page written down."""

    def opened(spy: str = SPY, before=lambda page: None):
        seen = visit()
        before(seen.page)
        seen.page.add_init_script(spy)
        seen.page.on("request", lambda asked: wire.urls.append(asked.url))
        seen.sign_in("mia")
        seen.unit(UNIT)
        return seen, wire

    return opened


def values(block) -> np.ndarray:
    return np.frombuffer(block.payload, "<f4").reshape(block.rows, block.channels)


def share_of_seconds(blocks, began: float, ended: float) -> float:
    """Of the whole seconds between, how many hold at least one row."""
    times = [block.t0 + row / block.rate_hz for block in blocks for row in range(block.rows)]
    wanted = range(int(np.ceil(began)), int(ended))
    return len({int(at) for at in times} & set(wanted)) / len(wanted)


def test_a_learner_before_the_camera_is_sent_as_numbers_in_nine_of_ten_seconds(
    lesson, allow, in_database
):
    allow(*CAMERA)
    seen, wire = lesson()
    seen.until("state?.streams.face?.rows > 0", 60)
    began = time.monotonic()
    seen.page.wait_for_timeout(20_000)
    lasted = time.monotonic() - began
    blocks = wire.blocks("face")
    first, last = blocks[0].t0, blocks[-1].t0 + blocks[-1].rows / 10
    share, rows = share_of_seconds(blocks, first, last), sum(block.rows for block in blocks)
    figures = f"share of seconds {share:.3f}, {rows / (last - first):.1f} rows/s"
    assert share >= 0.9, figures
    assert 9 <= rows / (last - first) <= 10.5, figures
    assert last - first > 0.8 * lasted
    everything = np.concatenate([values(block) for block in blocks])
    assert np.nanmax(everything[:, stream("face").index("au12")]) > 0.3
    assert np.all(np.isfinite(everything[:, 18:]))
    looks = np.concatenate([values(block) for block in wire.blocks("gaze")])[:, :6]
    assert np.nanmax(np.abs(np.linalg.norm(looks[:, :3], axis=1) - 1)) < 1e-3
    assert seen.page.evaluate("errors") == []
    assert in_database(lambda: Block.objects.filter(stream="face").count()) >= 10
    seen.page.get_by_role("button", name="Camera").click()
    expect(seen.page.locator("[data-lamp-streams]")).to_contain_text("Camera")


def test_no_request_and_no_socket_frame_carries_a_picture(lesson, allow):
    allow(*CAMERA)
    seen, wire = lesson()
    seen.until("state?.streams.face?.rows > 50", 60)
    sent = [data for _, data in wire.frames if isinstance(data, bytes)]
    assert sent
    assert {block.stream.name for data in sent for block in parse(data)} <= {"face", "gaze"}
    for data in [*sent, *wire.bodies, *(d.encode() for _, d in wire.frames if isinstance(d, str))]:
        assert not any(mark in data for mark in PICTURES)
        assert len(data) <= 2 * MOST_BYTES_A_SECOND
    times = [at for at, data in wire.frames if isinstance(data, bytes)]
    assert sum(map(len, sent)) <= MOST_BYTES_A_SECOND * (times[-1] - times[0] + 2)
    assert not any("data:" in url or "blob:" in url for url in wire.urls)
    assert {url.split("/")[2] for url in wire.urls} == {seen.site.url.split("/")[2]}
    assert not [url for url in wire.urls if "faceres" in url or "emotion" in url]


def test_only_what_is_allowed_is_sent_gaze_needs_its_own_grant(lesson, allow):
    allow("face:adapt")
    seen, wire = lesson()
    seen.until("state?.streams.face?.rows > 20", 60)
    assert wire.blocks("face")
    assert wire.blocks("gaze") == []


def test_withdrawal_ends_the_camera_within_a_second(lesson, allow, site, in_database):
    allow(*CAMERA)
    seen, wire = lesson()
    seen.until("state?.streams.face?.rows > 0", 60)
    assert not seen.page.evaluate(CLOSED)
    now = datetime.now(UTC)
    in_database(lambda: erasure.withdraw(site.people["mia"].code, CAMERA, now=now))
    asked = time.monotonic()
    seen.until(CLOSED, 5)
    assert time.monotonic() - asked <= 1
    seen.page.wait_for_timeout(1500)
    assert not [at for at, data in wire.frames if isinstance(data, bytes) and at > asked + 1]


def test_switching_off_ends_the_camera_at_the_press_even_without_an_answer(lesson, allow):
    allow(*CAMERA)
    seen, _ = lesson()
    seen.until("state?.streams.face?.rows > 0", 60)
    seen.page.route("**/consents/withdraw/", lambda asked: asked.abort())
    seen.page.locator("[data-lamp-off]").click()
    seen.until(CLOSED, 1)
    expect(seen.page.locator(".toast")).to_contain_text("Not switched off yet")
    expect(seen.page.locator("[data-lamp-what]")).to_have_text("Paused")
    seen.page.unroute("**/consents/withdraw/")
    seen.page.locator("[data-lamp-off]").click()
    expect(seen.page.locator(".toast").last).to_contain_text("Gone since")
    seen.until("!state.paused && !state.streams.face", 5)
    seen.complaints.clear()  # the request that was cut off


def test_withdrawing_gaze_alone_leaves_the_camera_to_the_face(
    lesson, allow, site, wire, in_database
):
    allow(*CAMERA)
    seen, _ = lesson()
    seen.until("state?.streams.gaze?.rows > 0", 60)
    now = datetime.now(UTC)
    in_database(lambda: erasure.withdraw(site.people["mia"].code, ["gaze:adapt"], now=now))
    seen.until("!state.streams.gaze", 5)
    rows, gaze = seen.page.evaluate("state.streams.face.rows"), len(wire.blocks("gaze"))
    seen.until(f"state.streams.face.rows > {rows + 20}", 20)
    assert len(wire.blocks("gaze")) == gaze
    assert seen.page.evaluate("tracks.length") == 1


def test_p_pauses_at_once_and_again_resumes(lesson, allow):
    allow(*CAMERA)
    seen, _ = lesson()
    seen.until("state?.streams.face?.rows > 0", 60)
    seen.page.keyboard.press("p")
    seen.until(CLOSED, 1)
    expect(seen.page.locator("[data-lamp-what]")).to_have_text("Paused")
    seen.page.keyboard.press("p")
    seen.until("tracks.at(-1).readyState === 'live'", 20)


def test_out_of_sight_the_camera_is_off(lesson, allow):
    allow(*CAMERA)
    seen, _ = lesson()
    seen.until("state?.streams.face?.rows > 0", 60)
    seen.page.evaluate(
        "Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    seen.until(CLOSED, 1)
    assert seen.page.evaluate("state.streams.face.state") == "hidden"


@pytest.mark.parametrize("clip", [NOBODY], indirect=True)
def test_without_a_face_it_says_so_within_five_seconds_and_sends_nothing(lesson, allow):
    allow(*CAMERA)
    seen, wire = lesson()
    seen.until("tracks.length > 0 && tracks[0].readyState === 'live'", 30)
    opened = time.monotonic()
    seen.until("state?.streams.face?.state === 'no_face'", 20)
    assert time.monotonic() - opened <= 5
    expect(seen.page.locator("[data-lamp-what]")).to_have_text("No face")
    expect(seen.page.locator("[data-lamp-quality]")).to_have_text("not guessing")
    assert not [data for _, data in wire.frames if isinstance(data, bytes)]


@pytest.mark.parametrize("clip", [None], indirect=True)
def test_without_a_camera_the_course_goes_on_and_says_why(lesson, allow):
    allow(*CAMERA)
    seen, _ = lesson()
    seen.until("state?.streams.face?.state === 'no_camera'", 20)
    expect(seen.page.locator("[data-lamp-quality]")).to_have_text("Camera: no camera found")
    seen.page.get_by_role("button", name="Play", exact=True).click()
    seen.until("document.querySelector('video').currentTime > 0.2")


@pytest.mark.parametrize("answer", ["refuse"], indirect=True)
def test_a_refused_camera_is_said_in_plain_words(lesson, allow):
    allow(*CAMERA)
    seen, _ = lesson()
    seen.until("state?.streams.face?.state === 'denied'", 20)
    why = seen.page.locator("[data-lamp-quality]")
    expect(why).to_have_text("Camera: not allowed by the browser")


def test_an_unplugged_camera_is_said(lesson, allow):
    allow(*CAMERA)
    seen, _ = lesson()
    seen.until("state?.streams.face?.rows > 0", 60)
    seen.page.evaluate("tracks[0].dispatchEvent(new Event('ended'))")
    seen.until("state.streams.face.state === 'unplugged'", 2)


def test_browsers_without_frame_streams_send_the_same_rows(lesson, allow):
    allow("face:adapt")
    seen, wire = lesson(SPY + "delete window.MediaStreamTrackProcessor;")
    assert not seen.page.evaluate("'MediaStreamTrackProcessor' in window")
    seen.until("state?.streams.face?.rows > 30", 60)
    assert values(wire.blocks("face")[-1]).shape[1] == 44
    seen.page.keyboard.press("p")
    seen.until(CLOSED, 1)


def test_a_site_without_the_face_library_says_so_and_closes_the_camera(lesson, allow, wire):
    allow("face:adapt")
    seen, _ = lesson(before=lambda page: page.route("**/human.esm.js", lambda asked: asked.abort()))
    seen.until("state?.streams.face?.state === 'no_library'", 20)
    seen.until(CLOSED, 1)
    assert wire.blocks("face") == []
    seen.complaints.clear()  # the missing file itself
