"""Story: one lesson that the systems of all three papers estimate, from camera to film."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from consent.notices import notices
from consent.permits import gate
from emotion.simulate import cohort, effects, wearables
from estimates import explanations
from estimates.inference import affect
from estimates.models import AffectEstimate, Explanation
from pipeline import video_semantics
from privacy.erasure import erasure
from telemetry.blocks import partitions
from telemetry.models import Sitting
from tests.fixtures.browser import fake_camera
from tests.fixtures.consent import give_consent
from tests.fixtures.models.estimates import register_shipped
from tests.fixtures.models.video_models import NEEDS_ENCODER
from tests.fixtures.sockets import recordings

CAMERA, WRISTBAND = ("face", "gaze"), ("ppg", "eda")
STREAMS = ("pointer", "activity", *CAMERA, *WRISTBAND)
SYSTEMS = ("affect", "foursub", "mvp")
# mvp reads a minute, and looks every 30 s.
LONGEST_S = 130
REASON = re.compile(r"At \d\d:\d\d, camera: smiling more than when you started")


@pytest.fixture
def browser(site, chromium, tmp_path):
    """A browser with a clip as camera and permission: a face that smiles after a while."""
    clip = make_smiling_clip(tmp_path / "smile.mjpeg")
    with chromium(*fake_camera.camera_flags(clip), *fake_camera.ALLOWED) as running:
        yield running


def make_smiling_clip(path: Path) -> Path:
    """Write a clip of the camera's face: at first serious, after the opening minute smiling."""
    pictures = re.findall(rb"\xff\xd8.*?\xff\xd9", fake_camera.FACE.read_bytes(), re.DOTALL)
    path.write_bytes(b"".join(pictures[:8] * 280 + pictures[60:80] * 150))
    return path


@pytest.fixture
def encoded_film(site):
    """The lesson's film with its captions encoded, and the three systems in use."""
    now, mia = datetime.now(UTC), site.people["mia"]
    partitions.open_days()
    notices.publish(now)
    register_shipped("prior", "foursub", "mvp", now=now)
    give_consent(mia, *(f"{name}:adapt" for name in STREAMS), now=now, by=mia)
    assert site.units["video-04"].video.captions.exists()
    assert video_semantics.update_semantics(clock=lambda: now)


def wear_wristband() -> None:
    """Store the pulse and skin of a simulated wristband, for all of the Sitting."""
    sitting = Sitting.objects.latest("began_at")
    rng = np.random.default_rng(8)
    plan = cohort.Plan(20, effects.load(), segments=(15, 1, 1, 1, 1), complete=True)
    found = cohort.iterate_recordings(plan, rng=rng)
    worn = next(each for each in found if "ppg" in each.streams)
    skin, _ = wearables.simulate_wristband(worn, rng)["eda"]
    pulse = worn.streams["ppg"]
    rows = {"ppg": (pulse.times, pulse.values), "eda": (skin.times, skin.values)}
    recordings.store(sitting, rows, now=sitting.began_at)


def newest(kind: str) -> AffectEstimate | None:
    found = AffectEstimate.objects.filter(predictor__kind=kind).exclude(status="withdrawn")
    return found.select_related("sitting__learner", "predictor").order_by("cut").last()


def wait_for(page, look, seconds: float):
    ends = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < ends, f"expected it within {seconds} s"
        page.wait_for_timeout(500)
    return found


def read_inputs() -> tuple[int, frozenset[str]]:
    """Return the newest estimate's cut and its inputs: streams, and parts of the course.

    -1 while there is none: a withdrawal erases those that read the stream.
    """
    row = newest("affect")
    if row is None:
        return -1, frozenset()
    granted = gate.permits(row.sitting.learner.code, row.scopes, now=datetime.now(UTC)).granted
    if set(granted) != set(row.scopes):
        return -1, frozenset()
    guess = affect.read(row, granted)
    streams = {name.partition(":")[0] for name in row.scopes}
    return row.cut, frozenset({*streams, *guess.context})


def read_label() -> str:
    """Return the likeliest state of the newest estimate."""
    row = newest("affect")
    granted = gate.permits(row.sitting.learner.code, row.scopes, now=datetime.now(UTC)).granted
    return affect.read(row, granted).likeliest[0]


def ask_for_reason(seen) -> None:
    """Ask on My progress why the newest estimate was made, and wait for the features."""
    page = seen.go("/journey/")
    expect(page.locator("summary", has_text="What other models estimated").first).to_be_visible()
    button = page.get_by_role("button", name="Why this estimate?")
    button.first.press("Enter")
    said = seen.page.locator(".guess-why .src").first
    expect(said).to_contain_text(REASON, timeout=60_000)
    seen.page.locator(".guess-why summary").first.press("Enter")
    seen.shot("journey-reason")


def read_shares() -> dict[str, float]:
    """Return what each input contributes to the estimate that was explained."""
    row = Explanation.objects.select_related("learner").get()
    permits = gate.permits(row.learner.code, row.scopes, now=datetime.now(UTC)).granted
    return dict(explanations.read(row, permits).shares)


def withdraw(stream: str) -> None:
    mia = Sitting.objects.latest("began_at").learner
    erasure.withdraw(mia.code, [f"{stream}:adapt"], now=datetime.now(UTC))


@pytest.mark.long
@NEEDS_ENCODER
@pytest.mark.usefixtures("encoded_film", "worker")
def test_three_systems_estimate_one_lesson_and_each_sensor_can_be_switched_off(visit, in_database):
    mia = visit().sign_in("mia")
    page = mia.page
    with page.expect_response("**/api/v1/sittings/"):
        mia.unit("video-04")
    in_database(wear_wristband)
    page.evaluate("document.querySelector('video').play()")

    def have_all_three() -> bool:
        return all(in_database(lambda kind=kind: newest(kind)) is not None for kind in SYSTEMS)

    wait_for(page, have_all_three, LONGEST_S)
    cut, inputs = in_database(read_inputs)
    assert inputs >= {*CAMERA, "ppg", "semantics"}

    wait_for(page, lambda: in_database(read_label) == "HAPPINESS", LONGEST_S)
    ask_for_reason(visit().sign_in("mia"))
    shares = in_database(read_shares)
    assert all(shares[name] != 0 for name in (*CAMERA, "ppg", "semantics"))

    for stream in ("gaze", "ppg", "face"):
        in_database(lambda stream=stream: withdraw(stream))
        wait_for(page, lambda cut=cut: in_database(read_inputs)[0] > cut + 1, 40)
        cut, inputs = in_database(read_inputs)
        assert stream not in inputs

    card = mia.go("/journey/model/")
    named = card.locator("dl.about").inner_text()
    assert all(name in named for name in ("gaze", "ppg", "video content"))
    mia.shot("model-card-three-papers")
