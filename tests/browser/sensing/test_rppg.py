"""The heart rate from a camera in a real browser: within two beats, or no value."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import numpy as np
import pytest
from playwright.sync_api import expect

from consent.grants import grants
from consent.notices import notices
from telemetry.blocks import partitions
from tests.fixtures.browser import clip_pace, fake_camera
from tests.fixtures.browser.pulse_clips import FPS, HEIGHT, SECONDS, WIDTH, PulseClip, write
from tests.oracles import rppg

# Fixture: a site that records all messages.
site, wire = fake_camera.site, fake_camera.wire
UNIT = "video-04"
SPY = f"""
    {clip_pace.SPY}
    window.state = null;
    document.addEventListener('attune:state', (event) => {{ window.state = event.detail; }});
"""
BEATING = [PulseClip(72), pytest.param(PulseClip(84, amplitude=0.005), marks=pytest.mark.long)]
# The head rocks and changes brightness: the green channel alone mistakes that for a pulse.
ROCKING = PulseClip(sway=3, light=0.03, hz=(0.2, 1.1))


@pytest.fixture
def browser(site, chromium, request, tmp_path):
    """The usual browser, with a clip as camera and the camera permission granted."""
    clip = write(request.getfixturevalue("clip"), tmp_path / "clip.y4m")
    with chromium(*fake_camera.camera_flags(clip), *fake_camera.ALLOWED) as running:
        yield running


@pytest.fixture
def allow(site, in_database):
    """`allow("skin", "rppg:adapt")` sets these switches as mia's consent page does."""

    def say_yes(group, scopes):
        mia, now = site.people["mia"], datetime.now(UTC)
        partitions.open_days()
        notices.publish(now)
        notice = notices.current(group, mia.age_band, now=now)
        grants.grant(mia.code, scopes, notice=notice, now=now, actor=mia.code)

    return lambda group, *scopes: in_database(lambda: say_yes(group, scopes))


@pytest.fixture
def lesson(allow, visit):
    """mia's lesson with only the heart rate from the camera granted."""
    allow("skin", "rppg:adapt")
    seen = visit()
    seen.page.add_init_script(SPY)
    seen.sign_in("mia")
    seen.unit(UNIT)
    return seen


def rows(wire) -> np.ndarray:
    """Return all rows sent so far, shape (N, 4): hr, snr, disagreement, quality."""
    blocks = [np.frombuffer(block.payload, "<f4") for block in wire.blocks("rppg")]
    return np.concatenate(blocks).reshape(-1, 4) if blocks else np.zeros((0, 4))


def known(rows) -> np.ndarray:
    """Return the rows with a rate."""
    return rows[~np.isnan(rows[:, 0])]


def heard(lesson, wire, enough) -> np.ndarray:
    """Return the rows once there are enough."""
    for _ in range(300):
        if enough(told := rows(wire)):
            return told
        lesson.page.wait_for_timeout(200)
    raise AssertionError(f"expected more rows within a minute than {rows(wire)}")


def devices(wire) -> list[tuple[str, str]]:
    told = [json.loads(data) for _, data in wire.frames if isinstance(data, str)]
    return [(each["stream"], each["backend"]) for each in told if each["type"] == "device"]


def passed_before(lesson, told, bpm) -> np.ndarray:
    """Return the true pulse rate of the clip in the seconds of each row."""
    pictures, said = (np.array(lesson.page.evaluate(name)) for name in ("pictures", "said"))
    assert abs(clip_pace.clocks_apart(pictures)) < 0.01
    print(f"\nthe clip went at {clip_pace.pace(pictures):.3f} of its pace")
    # Sent rows are coarser than the worker's.
    apart = [np.max(np.abs(said[:, 1:] - row), axis=1) for row in told]
    assert max(map(min, apart)) < 0.5
    ends = [said[each.argmin(), 0] for each in apart]
    return np.array([clip_pace.rate_before(pictures, bpm, end) for end in ends])


@pytest.mark.timed
@pytest.mark.parametrize("clip", BEATING, ids=lambda clip: f"{clip.bpm}")
def test_a_pulse_is_measured_to_two_beats(lesson, wire, clip):
    lesson.until("state?.streams.rppg?.state === 'on'", 120)
    lesson.page.click("[data-lamp-open]")
    note = lesson.page.locator("[data-lamp-note=rppg]")
    expect(note).to_contain_text(re.compile(r"about \d+ per minute \(rough\); known in"))
    shown = int(re.search(r"about (\d+)", note.inner_text())[1])
    before = len(known(rows(wire)))
    told = known(heard(lesson, wire, lambda rows: len(known(rows)) >= before + 2))
    true = passed_before(lesson, told, clip.bpm)
    print(f"told {told[:, 0].round(1)}, before the camera {true.round(1)}")
    assert np.abs(told[:, 0] - true).max() <= 2, told
    assert told[:, 3].min() >= 0.5
    assert shown in {round(rate) for rate in told[:, 0].tolist()}
    assert devices(wire) == [("rppg", "human")]
    assert wire.blocks("face") == wire.blocks("gaze") == []


@pytest.mark.parametrize("played", [1.0, 0.95])
def test_a_clip_that_is_played_slowly_has_a_slower_pulse(played):
    taken = np.arange(0, 30_000, 1000 / FPS / played)
    numbers = np.arange(len(taken)) % (FPS * SECONDS)
    pictures = np.stack([taken, taken + 40, numbers], axis=1)
    assert clip_pace.pace(pictures) == pytest.approx(played)
    assert clip_pace.rate_before(pictures, 72, 25_000) == pytest.approx(72 * played, abs=0.3)


def chroma(file) -> np.ndarray:
    """Return the chroma of each frame of a clip, shape (N, 2, rows, columns)."""
    pictures = file.read_bytes().split(b"FRAME\n", 1)[1] + b"FRAME\n"
    frames = np.frombuffer(pictures, np.uint8).reshape(FPS * SECONDS, -1)
    return frames[:, WIDTH * HEIGHT : -6].reshape(-1, 2, HEIGHT // 2, WIDTH // 2)


def test_a_clip_without_a_pulse_has_none_in_its_grain(tmp_path):
    planes = chroma(write(PulseClip(sway=0), tmp_path / "clip.y4m"))
    for down, right in np.ndindex(8, 10):
        place = np.s_[:, :, 12 + 12 * down : 24 + 12 * down, 12 * right : 12 + 12 * right]
        blue, red = planes[place].mean(axis=(2, 3)).T
        found = rppg.find_peak(np.abs(rppg.compute_spectrum(red - blue, FPS)) ** 2)
        assert found.snr_db < rppg.LEAST_SNR_DB, (down, right, found)


@pytest.mark.timed
@pytest.mark.parametrize("clip", [ROCKING], ids=["rocking"])
def test_a_head_that_only_moves_has_no_rate_where_green_alone_would_give_one(lesson, wire, clip):
    assert clip.green_alone().snr_db >= rppg.LEAST_SNR_DB
    told = heard(lesson, wire, lambda rows: len(rows) >= 2)
    assert np.isnan(told[:, 0]).all(), told
    assert told[:, 3].max() < 0.5
    assert lesson.page.evaluate("state.streams.rppg.note").startswith("known in 0 of ")
    assert ((told[:, 1] < rppg.LEAST_SNR_DB) | (told[:, 2] > rppg.MOST_APART_BPM)).all(), told


@pytest.mark.long
@pytest.mark.timed
@pytest.mark.parametrize("clip", [PulseClip(72)], ids=["72"])
def test_the_face_stream_keeps_its_rate_meanwhile(allow, lesson, wire, clip):
    allow("camera", "face:adapt")
    lesson.unit(UNIT)
    lesson.until("state?.streams.rppg?.state === 'on'", 120)
    blocks = wire.blocks("face")
    lasted = blocks[-1].t0 + blocks[-1].rows / 10 - blocks[0].t0
    assert sum(block.rows for block in blocks) / lasted >= 9
    assert [data for _, data in wire.frames if isinstance(data, str) and "rough" in data] == []
