"""Story (b): one press in the header ends sensing.

The collected data and everything derived from it is deleted. Late data is refused, and typed text
was never stored anywhere.
"""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from config.embedded_postgres import cluster, launcher
from tests.browser.pages.test_learner_pages import SIDEWAYS
from tests.fixtures.browser import fake_camera
from tests.fixtures.sockets.socket_client import block
from tests.site.promises.leak_scan import scan, text_needles

# Fixtures: a site that records all messages, and a browser with a clip as its camera.
answer, browser, clip = fake_camera.answer, fake_camera.browser, fake_camera.clip
site, wire = fake_camera.site, fake_camera.wire
SWITCHES = ("hands.adapt", "activity.adapt")
SENSED = {"pointer", "typing", "activity", "layout"}
FOLDER = Path(os.environ["ATTUNE_TEST_FOLDER"])
CANARY = "739184650217"
PLANTED = "an amber wagtail in the reeds"
OWN_SOCKET = """async (unit) => {
    const page = crypto.randomUUID();
    const token = /csrftoken=([^;]+)/.exec(document.cookie)[1];
    const answer = await fetch('/api/v1/sittings/', {
        method: 'POST', headers: {'Content-Type': 'application/json', 'X-CSRFToken': token},
        body: JSON.stringify({unit, scenario: 'course', page}),
    });
    const {sitting} = await answer.json();
    const socket = new WebSocket(`ws://${location.host}/ws/sittings/${sitting}/`);
    window.own = {socket, sitting, heard: []};
    socket.onmessage = (event) => own.heard.push(JSON.parse(event.data));
    await new Promise((open) => { socket.onopen = open; });
    socket.send(JSON.stringify({type: 'hello', version: 1, page, unacked: {}}));
}"""
SEND = "(bytes) => own.socket.send(new Uint8Array(bytes))"
HEARD = "own.heard.findLast((message) => message.type === '{}')"
# A network that loses only what the page sends.
LOSSY = """
    window.lost = false;
    const send = WebSocket.prototype.send;
    WebSocket.prototype.send = function (data) {
        if (!window.lost || typeof data === 'string') send.call(this, data);
    };
"""
KEPT = """() => new Promise((done) => {
    indexedDB.open('attune-outbox').onsuccess = ({target: {result}}) => {
        result.transaction('kept').objectStore('kept').getAll().onsuccess = (event) =>
            done(event.target.result.filter((kept) => kept.bytes).map((kept) => kept.epoch));
    };
})"""


def prepare() -> None:
    from consent.notices import notices
    from telemetry.blocks import partitions
    from tests.fixtures.models.estimates import register_shipped

    now = datetime.now(UTC)
    partitions.open_days()
    notices.publish(now - timedelta(minutes=1))
    register_shipped("prior", "behaviour", now=now)


def switch_on(mia) -> None:
    """Set these switches as the consent page does."""
    from consent.notices import notices
    from learner.consent import apply_changes

    now = datetime.now(UTC)
    groups = [switch.partition(".")[0] for switch in SWITCHES]
    shown = {group: str(notices.current(group, "adult", now=now).code) for group in groups}
    apply_changes.save_switches(mia, SWITCHES, shown, now)


def switch_off(mia) -> None:
    from learner.consent import apply_changes

    apply_changes.switch_off(mia, SWITCHES, datetime.now(UTC))


def taken() -> set[tuple[str, int]]:
    """Return stream and epoch of every stored Block."""
    from telemetry.models import Block

    return set(Block.objects.values_list("stream", "epoch"))


def made() -> int:
    from estimates.models import AffectEstimate, BehaviourEstimate

    return AffectEstimate.objects.count() + BehaviourEstimate.objects.count()


def numeric_place() -> str:
    from courses.models import Question

    places = Question.objects.filter(unit__ref="quiz-01", position__isnull=False, kind="numeric")
    return str(places.order_by("position").first().code)


def move(page, seconds: float = 1.0) -> None:
    """Move the pointer."""
    for step in range(round(seconds * 10)):
        page.mouse.move(300 + 40 * (step % 7), 300 + 30 * (step % 5))
        page.wait_for_timeout(100)


def work_until(page, in_database, truth, seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while not in_database(truth):
        assert time.monotonic() < ends, f"expected {truth} within {seconds} s"
        page.keyboard.press("1")
        move(page)


def refused(seen, seq: int, epoch: int) -> str:
    """Return the error code with which a Block is refused."""
    seen.page.evaluate(SEND, list(block("pointer", seq, epoch=epoch)))
    seen.until(HEARD.format("error") + f".seq === {seq}", 5)
    seen.page.wait_for_timeout(50)
    return seen.page.evaluate(HEARD.format("error"))["code"]


@pytest.fixture
def quiz(site, visit, wire, in_database):
    """mia in her quiz, with these switches on."""

    def opened(*scripts: str, groups=("Pointer and typing", "Activity on this page")):
        in_database(prepare)
        seen = visit()
        seen.page.on("request", lambda asked: wire.urls.append(asked.url))
        for script in scripts:
            seen.page.add_init_script(script)
        page = seen.sign_in("mia").go("/consents/")
        for name in groups:
            page.get_by_role("switch", name=f"{name}, help for me").click()
        page.get_by_role("button", name="Save my choices").click()
        expect(page.get_by_text("Saved.")).to_be_visible()
        seen.unit("quiz-01", f"?question={in_database(numeric_place)}")
        page.locator("main form input[inputmode]").first.focus()
        return seen

    return opened


def assert_it_fits(seen) -> None:
    """Assert that the lamp and both its buttons fit on a phone."""
    seen.page.set_viewport_size({"width": 360, "height": 900})
    seen.shot("sensing-360")
    assert seen.page.evaluate(SIDEWAYS) <= 0
    expect(seen.page.get_by_role("button", name="Switch off")).to_be_visible()
    assert seen.violations() == []
    seen.page.set_viewport_size({"width": 1280, "height": 900})
    seen.shot("sensing-1280")


@pytest.mark.timed
def test_one_press_ends_sensing_and_deletes_its_data(worker, quiz, wire, site, in_database):
    from privacy.models import Erasure

    seen = quiz()
    page, mia = seen.page, site.people["mia"]
    page.evaluate(OWN_SOCKET, str(site.units["quiz-01"].code))
    seen.until(HEARD.format("welcome"), 10)
    work_until(page, in_database, lambda: {stream for stream, _ in taken()} >= SENSED)
    page.evaluate(SEND, list(block("pointer", 0)))
    seen.until(HEARD.format("ack") + "?.seq === 0", 10)
    work_until(page, in_database, lambda: made() > 0)
    epoch = dict(in_database(taken))["pointer"]

    assert_it_fits(seen)
    page.locator("[data-lamp-off]").click()
    pressed = time.monotonic()

    seen.until("document.querySelector('.lamp').dataset.state === 'off'", 1)
    page.wait_for_timeout(max(0.0, 1000 * (pressed + 1 - time.monotonic())))
    while time.monotonic() < pressed + 3:
        assert in_database(taken) == set()
        page.wait_for_timeout(100)
    assert not [at for at, data in wire.frames if isinstance(data, bytes) and at > pressed + 1]
    assert in_database(made) == 0
    expect(page.locator("[data-lamp-what]")).to_have_text("Sensing is off")
    expect(page.locator(".toast")).to_contain_text("Deleted at")
    seen.shot("switched-off")
    receipt = in_database(Erasure.objects.get)
    assert receipt.counts["telemetry_block"] > 0
    assert receipt.counts["keys"] >= len(SENSED)

    page.evaluate(SEND, list(block("pointer", 1, epoch=epoch)))
    seen.until(HEARD.format("error"), 5)
    assert page.evaluate(HEARD.format("error"))["code"] == "no_grant"
    in_database(lambda: switch_on(mia))
    # Until the web process learns of the new Grant, it keeps refusing.
    answers = (refused(seen, seq, epoch) for seq in range(2, 40))
    assert next(code for code in answers if code != "no_grant") == "stale_epoch"
    work_until(page, in_database, taken)
    assert {found for _, found in in_database(taken)}.isdisjoint({epoch})


def test_one_press_ends_the_camera(quiz, in_database):
    seen = quiz(fake_camera.SPY, groups=("Camera",))
    work_until(seen.page, in_database, lambda: "face" in dict(taken()), 60)
    assert not seen.page.evaluate(fake_camera.CLOSED)

    seen.page.locator("[data-lamp-off]").click()
    pressed = time.monotonic()

    seen.until(fake_camera.CLOSED, 1)
    seen.page.wait_for_timeout(max(0.0, 1000 * (pressed + 1 - time.monotonic())))
    while time.monotonic() < pressed + 2.5:
        assert in_database(taken) == set()
        seen.page.wait_for_timeout(100)


def test_data_of_an_old_grant_is_never_sent_under_a_new_one(quiz, wire, site, in_database):
    from telemetry.blocks.frame_parser import parse

    seen = quiz(LOSSY)
    page, mia = seen.page, site.people["mia"]
    work_until(page, in_database, taken)
    (old,) = {epoch for _, epoch in in_database(taken)}
    page.evaluate("window.lost = true")
    move(page, 3)
    quiz_page = page.url
    seen.go("/my-data/")
    assert set(page.evaluate(KEPT)) == {old}
    in_database(lambda: switch_off(mia))
    in_database(lambda: switch_on(mia))
    assert in_database(taken) == set()
    back = time.monotonic()

    page.goto(quiz_page)
    work_until(page, in_database, taken)

    assert old not in {epoch for _, epoch in in_database(taken)}
    sent = [data for at, data in wire.frames if at > back and isinstance(data, bytes)]
    assert old not in {frame.epoch for data in sent for frame in parse(data)}
    assert old not in page.evaluate(KEPT)


def traces(text: str) -> set[str]:
    """Return each file of server, keystore and logs that contains the text in any encoding."""
    server = launcher.Server(FOLDER / "postgres", hasty=True)
    cluster.psql(server, "CHECKPOINT;")
    return {str(hit) for hit in scan(text_needles(text), FOLDER)}


def test_typed_text_is_in_no_table_no_wal_and_no_log(worker, quiz, wire, site, in_database, caplog):
    from courses.models import Course, Response

    seen = quiz()
    page = seen.page
    field = page.locator("main form input[inputmode]").first
    field.press_sequentially(CANARY, delay=60)
    work_until(page, in_database, lambda: "typing" in dict(taken()))
    field.fill(CANARY)
    page.get_by_role("button", name="Check answer").click()
    page.get_by_text("Not yet. Try again").wait_for()
    seen.unit("video-04")
    page.get_by_role("searchbox").press_sequentially(CANARY, delay=60)
    move(page, 3)

    assert in_database(Response.objects.count) == 1
    assert traces(CANARY) == set()
    assert CANARY not in worker.read_text()
    assert CANARY not in caplog.text
    told = [data.encode() if isinstance(data, str) else data for _, data in wire.frames]
    assert told
    assert CANARY.encode() not in b"".join(told)
    assert wire.urls
    assert not [url for url in wire.urls if CANARY in url]

    in_database(lambda: Course.objects.update(title=PLANTED))
    found = traces(PLANTED)
    assert [hit for hit in found if "pg_wal" in hit]
    assert [hit for hit in found if "/base/" in hit]
