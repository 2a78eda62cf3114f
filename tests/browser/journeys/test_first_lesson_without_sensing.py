"""Story 1: mia's first lesson without sensing, by keyboard alone.

It stores learning events and nothing else.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from consent.notices import notices
from tests.fixtures.browser.keyboard import log_in

VIDEO = "video-04"
NOW = "document.querySelector('video').currentTime"
# The tables a Sitting may write to without any Grant.
OF_A_SITTING = {"telemetry_sitting", "telemetry_event", "telemetry_window"}


@pytest.fixture
def told(site, in_database):
    in_database(lambda: notices.publish(datetime.now(UTC)))


def refuse(keys, page):
    """All switches are off; "Continue without" comes first and is as large as its neighbour."""
    keys.follow(re.compile("^Consent$"))
    switches = page.get_by_role("switch")
    assert switches.count() >= 4 * 3
    states = switches.evaluate_all("all => [...new Set(all.map(s => s.ariaChecked))]")
    assert states == ["false"]
    without, save = page.locator(".choice2").first.locator(".btn").all()
    assert without.inner_text() == "Continue without"
    first, second = without.bounding_box(), save.bounding_box()
    assert abs(first["width"] - second["width"]) <= 0.05 * second["width"]
    assert abs(first["height"] - second["height"]) <= 0.05 * second["height"]
    keys.to(without).press("Enter")
    page.wait_for_url(re.compile("/$"))
    page.wait_for_selector("html[data-ready]", state="attached")


def find(keys, page):
    """Jump from words of the transcript to their second."""
    keys.to(page.get_by_role("searchbox"))
    page.keyboard.type("factor")
    expect(page.locator("[data-found]")).to_have_text(re.compile(r"\d found"))
    keys.press("Enter", "Enter")
    expect(page.locator("[data-found]")).to_have_text(re.compile(r"2 of \d"))
    keys.seen.until(f"{NOW} > 20")
    expect(page.locator("[data-script] [aria-current=true]")).to_contain_text("factor")


def play(keys, page):
    """Toggle captions, raise the speed, and go on to shortly before the question."""
    page.keyboard.press("Escape")
    keys.to(page.get_by_role("slider", name="Position"))
    keys.press("c")
    expect(page.get_by_role("button", name="Captions", exact=True)).to_have_attribute(
        "aria-pressed", "false"
    )
    keys.press("c", ">", "k")
    expect(page.locator("[data-cue]")).to_contain_text(re.compile(r"\w+"))
    expect(page.get_by_role("button", name="1.25× speed")).to_be_visible()
    keys.press("k", "PageUp", "ArrowRight", "ArrowRight", "ArrowRight", "k")


def answer(keys, page, question):
    """Answer wrongly, follow the explanation back into the video, then answer correctly."""
    card = page.locator(f"[data-asked='{question.code}']")
    expect(card).to_be_visible(timeout=30_000)
    assert page.evaluate("document.querySelector('video').paused")
    wrong, right = (
        next(c["id"] for c in question.choices if c["correct"] is good) for good in (False, True)
    )
    choose(keys, card, wrong)
    expect(card.get_by_text("Not this one")).to_be_visible()
    again = card.get_by_role("link", name=re.compile(r"Watch \d+:\d\d–\d+:\d\d again"))
    keys.to(again).press("Enter")
    keys.seen.until(f"{NOW} >= {question.jump_from_s} && {NOW} < {question.jump_to_s}")
    choose(keys, card, right)
    go_on = card.get_by_role("link", name="Continue the video")
    expect(go_on).to_be_visible()
    keys.to(go_on).press("Enter")


def choose(keys, card, id):
    """Enter the group by Tab, select by arrow keys, submit by Enter."""
    radios = card.locator("input[type=radio]")
    chosen = card.locator("input[type=radio]:checked")
    keys.to(chosen if chosen.count() else radios.first)
    for _ in range(radios.count()):
        if card.locator(f"input[value={id}]").is_checked():
            break
        keys.press("ArrowDown")
    keys.press("Enter")


def test_the_first_lesson_by_keyboard_with_nothing_sensed(visit, site, told, in_database):
    seen = visit()
    page = seen.page
    keys = log_in(seen, "mia")
    refuse(keys, page)
    keys.follow(site.course.title)
    keys.follow("Factoring trinomials")
    question = in_database(lambda: site.units[VIDEO].questions.get(kind="single"))
    find(keys, page)
    play(keys, page)
    answer(keys, page, question)
    seen.until(f"{NOW} > {question.time_s}")
    with page.expect_response("**/watched/"):
        page.keyboard.press("k")
    stopped = page.evaluate(NOW)
    page.reload()
    seen.until("document.querySelector('video').readyState > 0")
    assert abs(page.evaluate(NOW) - stopped) < 2
    page.reload()  # by now what she left with has come in, too
    percent, stored = in_database(lambda: left_behind(site))
    assert page.locator(".units [aria-current=page] .end").inner_text() == f"{percent}%"
    assert stored == []
    read_on(keys, page)
    own = page.get_by_text(re.compile(r"units done")).inner_text()
    assert own == "1 of 12 units done"
    page = log_in(visit(), "ines").page
    page.goto(f"{site.url}/teach/{site.course.slug}/learners/{site.people['mia'].code}/")
    assert page.locator(".stat dd").first.inner_text() == "1 of 12"


def read_on(keys, page):
    """Go on to the reading after the video, and back to the start page."""
    keys.follow(re.compile("^Next: Reading"))
    # The next unit comes in place and takes the focus, so Tab waits for it.
    keys.to(page.get_by_role("button", name="Mark as read")).leave("Enter")
    keys.follow("Attune home")


def left_behind(site):
    """Return the number that Teachers see, and each telemetry or estimate table with rows.

    Tables of course records are left out.
    """
    from django.apps import apps

    from courses import completion
    from courses.models import Response
    from telemetry.models import Event

    mia = site.people["mia"]
    assert list(Response.objects.order_by("answered_at").values_list("correct", flat=True)) == [
        False, True,
    ]  # fmt: skip
    names = set(Event.objects.values_list("name", flat=True))
    assert {"play", "pause", "seek", "rate"} <= names
    models = [
        model
        for app in ("telemetry", "estimates")
        for model in apps.get_app_config(app).get_models()
    ]
    allowed = {*OF_A_SITTING, "estimates_masteryestimate", "estimates_predictor"}
    found = [
        model._meta.db_table
        for model in models
        if model._meta.db_table not in allowed and model.objects.exists()
    ]
    state = completion.load_progress(mia, site.course)[site.units[VIDEO].pk]
    return round(100 * state.ratio), found
