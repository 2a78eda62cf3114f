"""The camera in a real browser, fed with a clip: numbers leave under a live Grant, pictures never.

Chromium plays `tests/data/*.mjpeg` as its camera (tests/data/face-clip.txt names the source).
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

import numpy as np
import pytest
from playwright.sync_api import expect

from emotion.streams import stream
from privacy.erasure import erasure
from telemetry.blocks.frame_parser import parse
from telemetry.models import Block, Device
from tests.fixtures.browser import fake_camera
from tests.fixtures.browser.fake_camera import CAMERA, CLOSED, NOBODY, PICTURES, SPY

answer, browser, clip = fake_camera.answer, fake_camera.browser, fake_camera.clip
allow, lesson, site, wire = (
    fake_camera.allow,
    fake_camera.lesson,
    fake_camera.site,
    fake_camera.wire,
)

# Any useful camera picture is larger than a second of all our rows together.
MOST_BYTES_A_SECOND = 4096
# Time on the main thread from which a user notices a delay.
LONGEST_TASK_MS = 50
# From the message or press that ends the camera to its end.
LONGEST_END_MS = 200


def gives() -> list[tuple[str, str, float]]:
    """Return the stored backend of each stream."""
    return list(Device.objects.order_by("stream").values_list("stream", "backend", "scale"))


def values(block) -> np.ndarray:
    return np.frombuffer(block.payload, "<f4").reshape(block.rows, block.channels)


def share_of_seconds(blocks, began: float, ended: float) -> float:
    """Return the share of whole seconds in between with at least one row."""
    times = [block.t0 + row / block.rate_hz for block in blocks for row in range(block.rows)]
    wanted = range(int(np.ceil(began)), int(ended))
    return len({int(at) for at in times} & set(wanted)) / len(wanted)


def looked(page) -> tuple[float, float]:
    """Return pictures processed per second, and the share that show exactly one face."""
    looks = page.evaluate("looks")
    (first, _), (last, _) = looks[0], looks[-1]
    return 1000 * (len(looks) - 1) / (last - first), np.mean([faces == 1 for _, faces in looks])


def test_a_learner_at_the_camera_gives_rows_in_nine_of_ten_seconds(lesson, allow, in_database):
    allow(*CAMERA)
    seen, wire = lesson()
    seen.until("state?.streams.face?.rows > 0", 60)
    began = time.monotonic()
    costs = fake_camera.tasks_ms(seen.page, 20)
    lasted = time.monotonic() - began
    blocks = wire.blocks("face")
    first, last = blocks[0].t0, blocks[-1].t0 + blocks[-1].rows / 10
    share, rows = share_of_seconds(blocks, first, last), sum(block.rows for block in blocks)
    fps, faces = looked(seen.page)
    figures = f"share of seconds {share:.3f}, {rows / (last - first):.1f} rows/s"
    print(f"{figures}; {fps:.1f} pictures/s, one face in {faces:.3f} of them")
    assert share >= 0.9, figures
    assert faces >= 0.9
    assert len(costs) > 100
    assert max(costs) <= LONGEST_TASK_MS
    assert 9 <= rows / (last - first) <= 10.5, figures
    assert last - first > 0.8 * lasted
    everything = np.concatenate([values(block) for block in blocks])
    assert np.nanmax(everything[:, stream("face").index("au12")]) > 0.3
    assert np.all(np.isfinite(everything[:, 18:]))
    looks = np.concatenate([values(block) for block in wire.blocks("gaze")])[:, :6]
    assert np.nanmax(np.abs(np.linalg.norm(looks[:, :3], axis=1) - 1)) < 1e-3
    assert seen.page.evaluate("errors") == []
    assert in_database(lambda: Block.objects.filter(stream="face").count()) >= 10
    assert in_database(gives) == [("face", "human", 1.0), ("gaze", "human", 1.0)]
    seen.page.get_by_role("button", name="Camera").click()
    expect(seen.page.locator("[data-lamp-streams]")).to_contain_text("found by Human")


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


@pytest.mark.timed
def test_withdrawal_ends_the_camera_in_the_page_at_once(lesson, allow, site, in_database):
    allow(*CAMERA)
    seen, wire = lesson()
    seen.until("state?.streams.face?.rows > 0", 60)
    assert not seen.page.evaluate(CLOSED)
    now = datetime.now(UTC)
    in_database(lambda: erasure.withdraw(site.people["mia"].code, CAMERA, now=now))
    asked = time.monotonic()
    seen.until(CLOSED, 5)
    assert time.monotonic() - asked <= 1
    in_page = seen.page.evaluate("ended - told")
    print(f"the track ended {in_page:.1f} ms after the page was told")
    assert 0 <= in_page <= LONGEST_END_MS
    seen.page.wait_for_timeout(1500)
    assert not [at for at, data in wire.frames if isinstance(data, bytes) and at > asked + 1]
    assert in_database(gives) == []


def test_switching_off_ends_the_camera_at_the_press_even_without_an_answer(lesson, allow):
    allow(*CAMERA)
    seen, _ = lesson()
    seen.until("state?.streams.face?.rows > 0", 60)
    seen.page.route("**/consents/withdraw/", lambda asked: asked.abort())
    seen.page.evaluate("addEventListener('click', () => { told ??= performance.now(); }, true)")
    seen.page.locator("[data-lamp-off]").click()
    seen.until(CLOSED, 1)
    assert 0 <= seen.page.evaluate("ended - told") <= LONGEST_END_MS
    expect(seen.page.locator(".toast")).to_contain_text("Not switched off yet")
    expect(seen.page.locator("[data-lamp-what]")).to_have_text("Paused")
    seen.page.unroute("**/consents/withdraw/")
    seen.page.locator("[data-lamp-off]").click()
    expect(seen.page.locator(".toast").last).to_contain_text("Deleted at")
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


def test_the_camera_is_off_in_a_hidden_tab(lesson, allow):
    allow(*CAMERA)
    seen, _ = lesson()
    seen.until("state?.streams.face?.rows > 0", 60)
    seen.page.evaluate(
        "Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true});"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    seen.until(CLOSED, 1)
    assert seen.page.evaluate("state.streams.face.state") == "hidden"


@pytest.mark.timed
@pytest.mark.parametrize("clip", [NOBODY], indirect=True)
def test_without_a_face_it_says_so_within_five_seconds_and_sends_nothing(lesson, allow):
    allow(*CAMERA)
    seen, wire = lesson()
    seen.until("tracks.length > 0 && tracks[0].readyState === 'live'", 30)
    opened = time.monotonic()
    seen.until("state?.streams.face?.state === 'no_face'", 20)
    assert time.monotonic() - opened <= 5
    expect(seen.page.locator("[data-lamp-what]")).to_have_text("No face")
    expect(seen.page.locator("[data-lamp-quality]")).to_have_text("no estimate")
    assert not [data for _, data in wire.frames if isinstance(data, bytes)]
    assert looked(seen.page)[1] == 0


@pytest.mark.parametrize("clip", [None], indirect=True)
def test_without_a_camera_the_course_goes_on_and_says_why(lesson, allow):
    allow(*CAMERA)
    seen, _ = lesson()
    seen.until("state?.streams.face?.state === 'no_camera'", 20)
    expect(seen.page.locator("[data-lamp-quality]")).to_have_text("Camera: no camera found")
    seen.page.get_by_role("button", name="Play", exact=True).click()
    seen.until("document.querySelector('video').currentTime > 0.2")


@pytest.mark.full_chromium
@pytest.mark.parametrize("answer", ["refuse"], indirect=True)
def test_a_blocked_camera_is_reported_in_plain_words(lesson, allow):
    allow(*CAMERA)
    seen, _ = lesson()
    seen.until("state?.streams.face?.state === 'denied'", 20)
    why = seen.page.locator("[data-lamp-quality]")
    expect(why).to_have_text("Camera: not allowed by the browser")


def test_an_unplugged_camera_is_reported(lesson, allow):
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


def another(asked) -> None:
    """Answer with a library file that does not match its expected version."""
    asked.fulfill(body=asked.fetch().body() + b"\n", content_type="text/javascript")


@pytest.mark.parametrize("give", [lambda asked: asked.abort(), another], ids=["none", "another"])
def test_a_site_without_the_face_library_says_so_and_closes_the_camera(lesson, allow, wire, give):
    allow("face:adapt")
    seen, _ = lesson(before=lambda page: page.route("**/human.esm.js", give))
    seen.until("state?.streams.face?.state === 'no_library'", 20)
    seen.until(CLOSED, 1)
    assert wire.blocks("face") == []
    seen.complaints.clear()  # the missing file itself
