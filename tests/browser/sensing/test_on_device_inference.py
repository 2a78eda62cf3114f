"""Inference in the Learner's own browser: the server's estimate, and nothing else leaves."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from consent.grants import grants
from consent.notices import notices
from consent.stream_groups import group_of
from emotion.features.window import opening
from emotion.models import open_artefact
from emotion.streams import stream
from emotion.windows import Chunk, Window, make_track, select_backend
from estimates.models import AffectEstimate
from estimates.registry import predictors
from telemetry.blocks import partitions
from telemetry.models import Block
from tests.fixtures.browser import fake_camera

PRIOR = "prior-5397095e9055"
SENSED = ("pointer", "activity", "typing")
ALIKE = 1e-3
GUESS = {"type", "id", "t", "cut", "digest", "probabilities", "streams", "unfamiliar", "quality"}
# Message types of course activity; none of it is sensed.
COURSE = {"hello", "event", "report", "intervention.outcome", "pause"}
# Records the messages between the page and its worker.
SPY = """
    window.given = []; window.heard = [];
    window.Worker = class extends Worker {
        constructor(...how) {
            super(...how);
            this.addEventListener('message', ({data}) => heard.push(data));
        }
        postMessage(data, ...rest) {
            if (data.act) given.push(JSON.parse(JSON.stringify(data)));
            super.postMessage(data, ...rest);
        }
    };
"""
# Like the form of the consent page in another tab.
CHOOSE = """async (on) => {
    const token = document.cookie.match(/csrftoken=([^;]+)/)[1];
    const body = new URLSearchParams(on ? {guess_here: 'on'} : {});
    await fetch('/consents/here/', {method: 'POST', headers: {'X-CSRFToken': token}, body});
}"""
wire, site = fake_camera.wire, fake_camera.site
answer, browser, clip = fake_camera.answer, fake_camera.browser, fake_camera.clip


@pytest.fixture
def allow(site, in_database):
    """`allow("pointer")` grants these streams to mia, for herself."""

    def say_yes(streams):
        mia, now = site.people["mia"], timezone.now()
        partitions.open_days()
        notices.publish(now)
        predictors.register(settings.ARTEFACTS_DIR / PRIOR, now=now)
        for name in streams:
            notice = notices.current(group_of(name), "adult", now=now)
            grants.grant(mia.code, [f"{name}:adapt"], notice=notice, now=now, actor=mia.code)

    return lambda *streams: in_database(lambda: say_yes(streams))


@pytest.fixture
def lesson(visit, allow):
    """`lesson("pointer")` opens mia's quiz with these streams granted and on-device inference
    chosen."""

    def opened(*streams, unit="quiz-01", **look):
        allow(*streams)
        seen = visit(**look)
        seen.page.add_init_script(SPY)
        seen.sign_in("mia")
        choose(seen)
        seen.unit(unit)
        return seen

    return opened


def choose(seen) -> None:
    seen.go("/consents/")
    seen.page.get_by_label("Make estimates on my device").check()
    seen.page.locator("#here").get_by_role("button", name="Save").click()
    expect(seen.page.locator("#here")).to_contain_text("Saved.")
    expect(seen.page.get_by_label("Make estimates on my device")).to_be_checked()
    seen.shot("guess_here-consents")


def work(page, seconds: float) -> None:
    """Move the mouse, and type into the field if there is one."""
    ends, step = time.monotonic() + seconds, 0
    while time.monotonic() < ends:
        page.mouse.move(100 + 37 * step % 700, 120 + 53 * step % 500, steps=3)
        page.wait_for_timeout(120)
        step += 1


def guesses(wire) -> list[dict]:
    said = [json.loads(data) for _, data in wire.frames if isinstance(data, str)]
    return [each for each in said if each["type"] == "guess"]


def until_guessed(page, wire, count: int) -> list[dict]:
    """Keep working until that many estimates have arrived."""
    ends = time.monotonic() + 60
    while len(guesses(wire)) < count:
        assert time.monotonic() < ends, page.evaluate("heard")
        work(page, 1)
    return guesses(wire)


def window_of(given, cut: int) -> Window:
    """Return the Window of a cut as the server would have built it from the rows so far."""
    t0, t1 = max(0.0, 5.0 * cut - 5), 5.0 * cut + 5
    chunks = {}
    for each in given[: given.index({"act": "cut", "cut": cut})]:
        if each["act"] == "take":
            chunks.setdefault(each["stream"], []).append(chunk_of(each["chunk"]))
    tracks, usual = cut_of(chunks, t0, t1), {}
    if t0 >= 60:
        usual = opening(Window(0.0, 60.0, cut_of(chunks, 0.0, 60.0)))
    return Window(t0, t1, tracks, usual)


def cut_of(chunks, t0, t1):
    found = {}
    for name, rows in chunks.items():
        kept, backend = select_backend(rows, t1)
        found[name] = make_track(stream(name), kept, t0=t0, t1=t1, backend=backend)
    return {name: each for name, each in found.items() if len(each.times)}


def chunk_of(told) -> Chunk:
    """Parse a chunk; JSON has no NaN, so missing values are null."""
    rows = [[np.nan if value is None else value for value in row] for row in told["rows"]]
    backend = told.get("backend") or ""
    return Chunk(told["t0"], told["rateHz"], np.array(rows, np.float32), backend)


def assert_alike(said, given) -> None:
    """Assert that the estimates equal those of the server's Predictor on the same rows."""
    ours = open_artefact(settings.ARTEFACTS_DIR / PRIOR)
    for each in said:
        window = window_of(given, each["cut"])
        assert each["streams"].keys() == window.streams.keys()
        found = ours.predict([window])
        np.testing.assert_allclose(each["probabilities"][0], found.proba[0], atol=ALIKE)
        strange = {f"unfamiliar:{name}" for name in each["unfamiliar"]}
        assert strange == {why for why in found.reasons[0] if ":" in why}
        quality = np.mean([track.quality for track in window.streams.values()])
        assert each["quality"] == pytest.approx(quality, abs=ALIKE)


def test_only_probabilities_leave_and_they_are_the_servers(lesson, wire, in_database):
    seen = lesson(*SENSED)
    said = until_guessed(seen.page, wire, 3)
    before = [data for _, data in wire.frames]
    assert not [data for data in before if isinstance(data, bytes)]
    texts = [json.loads(data) for data in before]
    assert {each["type"] for each in texts} <= {*COURSE, "guess"}
    for each in said:
        assert each.keys() == GUESS
        assert each["digest"] == PRIOR.rpartition("-")[2]
        assert all(np.isclose(sum(row), 1, atol=ALIKE) for row in each["probabilities"])
    given = seen.page.evaluate("given")
    assert {each["stream"] for each in given if each["act"] == "take"} >= {"pointer", "activity"}
    assert_alike(said, given)
    assert in_database(Block.objects.count) == 0
    assert in_database(AffectEstimate.objects.count) >= 2


def test_the_page_asks_for_the_model_only_when_it_was_chosen(visit, allow, wire, in_database):
    allow(*SENSED)
    seen = visit()
    asked = []
    seen.page.on("request", lambda request: asked.append(request.url))
    seen.page.add_init_script(SPY)
    seen.sign_in("mia")
    seen.unit("quiz-01")
    work(seen.page, 4)
    assert not [url for url in asked if "ort" in url.split("/") or "/js/edge/" in url]
    assert [data for _, data in wire.frames if isinstance(data, bytes)]
    assert seen.page.evaluate("given") == []


@pytest.mark.long
def test_after_a_minute_the_baseline_counts_for_the_face_too(lesson, wire):
    seen = lesson("pointer", "activity", "face")
    ends = time.monotonic() + 240
    while not [each for each in guesses(wire) if each["cut"] >= 14 and "face" in each["streams"]]:
        assert time.monotonic() < ends, guesses(wire)[-2:]
        work(seen.page, 2)
    given = seen.page.evaluate("given")
    late = [each for each in guesses(wire) if each["cut"] >= 13]
    assert window_of(given, late[-1]["cut"]).opening.keys() >= {"pointer", "face"}
    assert_alike(guesses(wire), given)
    assert not [data for _, data in wire.frames if isinstance(data, bytes)]


def test_the_choice_applies_to_an_open_lesson_at_once(visit, allow, wire, site):
    """Blocks until the choice is made in another tab, then estimates, then Blocks again."""
    allow(*SENSED)
    seen = visit()
    seen.sign_in("mia")
    seen.unit("quiz-01")
    until_sent(seen.page, wire)
    seen.page.evaluate(CHOOSE, True)
    seen.page.wait_for_timeout(1500)
    wire.frames.clear()
    until_guessed(seen.page, wire, 1)
    assert not [data for _, data in wire.frames if isinstance(data, bytes)]
    seen.page.evaluate(CHOOSE, False)
    until_sent(seen.page, wire)


def until_sent(page, wire) -> None:
    ends = time.monotonic() + 30
    while not [data for _, data in wire.frames if isinstance(data, bytes)]:
        assert time.monotonic() < ends
        work(page, 1)
