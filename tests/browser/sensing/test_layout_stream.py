"""The layout stream in a real browser: positions of boxes under a live Grant.

It contains no text, no input, no pointer position and no scroll position.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from playwright.sync_api import expect

from consent.grants import grants
from consent.notices import notices
from emotion.features.interface import draw
from emotion.streams import stream
from telemetry.blocks import block_validation, partitions
from telemetry.models import Block
from tests.fixtures.browser.network_capture import listen

LAYOUT = stream("layout")
KIND, TEXT = LAYOUT.index("kind"), LAYOUT.index("text_length")
# The page checks once a second, so any change has been sent by then.
LOOKS_MS = 2500
PAGES = {
    "video-04": {"page", "video", "text", "button", "card"},
    "reading-04": {"page", "text", "button", "card"},
    "quiz-04": {"page", "question", "choice", "hint", "button", "card"},
}
STATE = """
    window.state = null; window.errors = [];
    document.addEventListener('attune:state', (event) => { window.state = event.detail; });
    document.addEventListener('attune:error', (event) => errors.push(event.detail));
"""


@pytest.fixture
def wire(monkeypatch):
    return listen(monkeypatch)


@pytest.fixture
def site(wire, site):
    """mia, who may be asked; the coming days' partitions are open."""
    partitions.open_days()
    notices.publish(datetime.now(UTC) - timedelta(minutes=1))
    return site


@pytest.fixture
def sensed(site, visit, in_database):
    """`sensed("pointer:adapt")` signs mia in under these Grants."""

    def allow(scopes):
        now = datetime.now(UTC)
        for scope in scopes:
            group = "hands" if scope.startswith("pointer") else "activity"
            notice = notices.current(group, "adult", now=now)
            mia = site.people["mia"].code
            grants.grant(mia, [scope], notice=notice, now=now, actor=mia)

    def opened(*scopes, **look):
        in_database(lambda: allow(scopes))
        seen = visit(**look)
        seen.page.add_init_script(STATE)
        return seen.sign_in("mia")

    return opened


def stored() -> set[str]:
    return set(Block.objects.values_list("stream", flat=True))


def question(site, unit: str, kind: str) -> str:
    """Return the query that opens the first question of this kind."""
    asked = site.units[unit].questions.filter(position__isnull=False, kind=kind)
    return f"?question={asked.order_by('position').first().code}"


def layouts(wire) -> list:
    """Return the rows of each layout Block that was sent."""
    return [
        block_validation.as_sent(block.raw, LAYOUT, block.rows, block.channels)
        for block in wire.blocks("layout")
    ]


def told(wire) -> set[bytes]:
    """Return all layouts that were sent, each once."""
    return {rows[:, 1:].tobytes() for rows in layouts(wire)}


def kinds(rows) -> set[str]:
    return {LAYOUT.channels[KIND].codes[int(code)] for code in rows[:, KIND]}


def until(page, truth, seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not truth():
        assert time.monotonic() < ends, f"expected boxes to be told within {seconds} s"
        page.wait_for_timeout(100)


def opened(seen, wire, unit: str, query: str, expected: set[str]) -> np.ndarray:
    """Return the rows of this unit's first layout with boxes of all these kinds."""
    begun = len(layouts(wire))
    page = seen.unit(unit, query)
    until(page, lambda: any(expected <= kinds(rows) for rows in layouts(wire)[begun:]))
    return next(rows for rows in layouts(wire)[begun:] if expected <= kinds(rows))


def settled(wire, page) -> set[bytes]:
    """Return the layouts sent before the page stopped changing."""
    until(page, lambda: told(wire))
    before = set()
    while before != (now := told(wire)):
        before = now
        page.wait_for_timeout(LOOKS_MS)
    return before


@pytest.mark.parametrize("width", [1280, 360])
def test_with_a_yes_the_boxes_of_each_page_are_stored_and_make_a_picture(
    sensed, wire, site, in_database, width
):
    place = in_database(lambda: question(site, "quiz-04", "single"))
    seen = sensed("layout:adapt", width=width, dark=width == 360)
    lo, hi = LAYOUT.limits()
    for unit, expected in PAGES.items():
        rows = opened(seen, wire, unit, place if unit == "quiz-04" else "", expected)
        assert np.isfinite(rows).all()
        assert ((rows >= lo) & (rows <= hi)).all(), unit
        assert (rows[:, 1] + rows[:, 3] <= 1 + 1e-6).all()
        assert (rows[:, 2] + rows[:, 4] <= 1 + 1e-6).all()
        assert (draw(rows).std(axis=(1, 2)) > 0).all()
        seen.page.wait_for_timeout(500)
        assert seen.page.evaluate("errors") == []
    assert in_database(stored) == {"layout"}


def test_without_a_yes_to_it_no_box_is_ever_sent(sensed, wire, in_database):
    seen = sensed("pointer:adapt")
    asked = []
    seen.page.on("request", lambda request: asked.append(request.url))
    page = seen.unit("quiz-04")
    ends = time.monotonic() + 20
    while len(wire.blocks("pointer")) < 4:
        assert time.monotonic() < ends, "expected the pointer's Blocks within 20 s"
        page.mouse.move(300 + time.monotonic() % 100, 300)
        page.wait_for_timeout(100)

    assert layouts(wire) == []
    assert in_database(stored) == {"pointer"}
    assert [url for url in asked if "sensors/pointer" in url]
    assert not [url for url in asked if "sensors/layout" in url]


def test_scrolling_pointing_and_selecting_send_nothing(sensed, wire, site, in_database):
    place = in_database(lambda: question(site, "quiz-04", "single"))
    page = sensed("layout:adapt").unit("quiz-04", place)
    before = settled(wire, page)
    page.locator(".opt").first.hover()
    page.wait_for_timeout(LOOKS_MS)
    page.locator(".opt input").first.check()
    page.get_by_role("button", name="Check answer").hover()
    page.mouse.wheel(0, 300)
    page.wait_for_timeout(LOOKS_MS)
    assert page.evaluate("window.scrollY") > 0
    assert told(wire) == before

    page.set_viewport_size({"width": 700, "height": 900})
    until(page, lambda: told(wire) > before)


def test_typing_changes_no_layout_row(sensed, wire, site, in_database):
    place = in_database(lambda: question(site, "quiz-01", "numeric"))
    page = sensed("layout:adapt").unit("quiz-01", place)
    before = settled(wire, page)
    page.locator("main form input[inputmode]").first.fill("739184650217" * 9)
    page.wait_for_timeout(LOOKS_MS)
    assert told(wire) == before
    rows = layouts(wire)[-1]
    answers = rows[rows[:, KIND] == LAYOUT.channels[KIND].codes.index("answer")]
    assert len(answers) == 1
    assert answers[0, TEXT] == 0


def test_a_pause_ends_it_and_the_lamp_names_it(sensed, wire):
    seen = sensed("layout:adapt")
    page = seen.unit("quiz-04")
    settled(wire, page)
    expect(page.locator("[data-lamp-what]")).to_have_text("Page layout")
    seen.shot("sensing-layout")
    page.locator("[data-lamp-pause]").click()
    seen.until("state.streams.layout.state === 'paused'")
    count = len(layouts(wire))
    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_timeout(LOOKS_MS)
    assert len(layouts(wire)) == count
    page.locator("[data-lamp-pause]").click()
    until(page, lambda: len(layouts(wire)) > count)
