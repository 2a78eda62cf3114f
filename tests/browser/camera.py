"""What tests of the camera share: a clip that Chromium plays as its camera, a spy in the page.

Modules take the fixtures by name, as they stand above those of conftest.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from consent import grants, notices
from telemetry import partitions
from tests.browser.conftest import ROOT
from tests.browser.wire import listen

FACE = ROOT / "tests" / "data" / "face-clip.mjpeg"
NOBODY = ROOT / "tests" / "data" / "no-face-clip.mjpeg"
UNIT = "video-04"
CAMERA = ("face:adapt", "gaze:adapt")
# With it the Learner's browser says yes to the camera.
ALLOWED = ("--use-fake-ui-for-media-stream",)
# How files of pictures begin; four bytes, since numbers may hold any three by chance.
PICTURES = (
    b"\xff\xd8\xff\xe0",
    b"\xff\xd8\xff\xe1",
    b"\xff\xd8\xff\xdb",
    b"\x89PNG",
    b"WEBP",
    b"GIF8",
)
SPY = """
    window.tracks = []; window.words = []; window.state = null; window.errors = [];
    window.looks = []; window.longs = []; window.ended = null; window.told = null;
    new PerformanceObserver((list) => longs.push(...list.getEntries().map((each) => each.duration)))
        .observe({type: 'longtask'});
    // Of each picture that was looked at: when, and how many faces.
    window.Worker = class extends Worker {
        constructor(...how) {
            super(...how);
            this.addEventListener('message', ({data}) => {
                if (data.length > 50 && data[0] > 0) looks.push([performance.now(), data[3]]);
            });
        }
    };
    window.WebSocket = class extends WebSocket {
        constructor(...how) {
            super(...how);
            this.addEventListener('message', ({data}) => {
                if (String(data).includes('consent.changed')) told ??= performance.now();
            });
        }
    };
    const stop = MediaStreamTrack.prototype.stop;
    MediaStreamTrack.prototype.stop = function () { stop.call(this); ended ??= performance.now(); };
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
def browser(site, chromium, clip, answer):
    """As elsewhere, with a camera that the Learner's browser allows."""
    with chromium(
        *(seeing(clip) if clip else ()), *(ALLOWED if answer == "allow" else ())
    ) as found:
        yield found


def seeing(clip) -> tuple[str, str]:
    """With these flags Chromium plays the file `clip` as its camera."""
    return (
        f"--use-file-for-fake-video-capture={clip}",
        "--use-fake-device-for-media-stream",
    )


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


def tasks_ms(page, seconds: float) -> list[float]:
    """What each task of the page's main thread costs meanwhile, in the thread's own time.

    The browser's list of long tasks counts by the clock, and with it whatever else this machine
    does; it is printed beside.
    """
    running = page.context.browser
    before = page.evaluate("longs.length")
    running.start_tracing(page=page, categories=["toplevel"])
    page.wait_for_timeout(1000 * seconds)
    events = json.loads(running.stop_tracing())["traceEvents"]
    main = {
        (event["pid"], event["tid"])
        for event in events
        if event["name"] == "thread_name" and event["args"]["name"] == "CrRendererMain"
    }
    costs = [
        event["tdur"] / 1000
        for event in events
        if (event["pid"], event["tid"]) in main and "tdur" in event and "RunTask" in event["name"]
    ]
    longs = page.evaluate("longs")[before:]
    print(f"{len(costs)} tasks, the longest {max(costs):.1f} ms; over 50 ms by the clock: {longs}")
    return costs
