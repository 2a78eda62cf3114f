"""A first lesson without sensing: play, captions, transcript, a question in the video, resume."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from courses.models import Completion, Response
from estimates.models import SelfReport
from telemetry.models import Event

VIDEO = "video-04"


def now_of(page) -> float:
    return page.evaluate("document.querySelector('video').currentTime")


def test_a_learner_opens_the_course_and_plays_its_first_video_with_captions(visit):
    seen = visit().log_in("mia")
    page = seen.page
    page.get_by_role("link", name="Start: Solving one-step equations").click()
    page.wait_for_selector("html[data-ready]", state="attached")
    page.get_by_role("button", name="Play", exact=True).click()
    seen.until("document.querySelector('video').currentTime > 2")
    expect(page.locator("[data-cue]")).to_contain_text(re.compile(r"\w+"))
    page.keyboard.press("c")
    expect(page.locator("[data-cue]")).to_be_hidden()
    page.keyboard.press(">")
    expect(page.get_by_role("button", name="1.25× speed")).to_be_visible()
    page.keyboard.press("k")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.keyboard.press("j")
    seen.until("document.querySelector('video').currentTime < 1")


def test_the_transcript_is_searched_and_leads_to_its_second(visit):
    seen = visit().sign_in("mia")
    page = seen.unit(VIDEO)
    page.get_by_role("searchbox").fill("two numbers")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator("[data-found]")).to_have_text(re.compile(r"1 of \d"))
    seen.until("document.querySelector('video').currentTime > 5")
    line = page.locator("[data-start][aria-current=true]")
    expect(line).to_contain_text("two numbers")
    last = page.locator("[data-start]").last
    last.click()
    seen.until("document.querySelector('video').currentTime > 90")
    expect(last).to_have_attribute("aria-current", "true")


def test_a_question_stops_the_video_explains_and_leads_back(visit, site, in_database):
    seen = visit().sign_in("mia")
    question = in_database(lambda: site.units[VIDEO].questions.get(kind="single"))
    page = seen.unit(VIDEO, f"?t={question.time_s - 1.5}")
    card = page.locator(f"[data-asked='{question.code}']")
    expect(card).to_be_hidden()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(card).to_be_visible()
    assert page.evaluate("document.querySelector('video').paused")
    wrong = next(c["id"] for c in question.choices if not c["correct"])
    right = next(c["id"] for c in question.choices if c["correct"])
    card.locator(f"input[value={wrong}]").check()
    card.get_by_role("button", name="Check answer").click()
    expect(card.get_by_text("Not this one")).to_be_visible()
    card.get_by_role("link", name=re.compile("Watch .* again")).click()
    seen.until(f"document.querySelector('video').currentTime < {question.jump_to_s}")
    card.locator(f"input[value={right}]").check()
    card.get_by_role("button", name="Check answer").click()
    expect(card.get_by_role("link", name="Continue the video")).to_be_visible()
    assert in_database(
        lambda: list(Response.objects.order_by("answered_at").values_list("correct", flat=True))
    ) == [False, True]


def test_the_position_is_stored_and_only_course_records_are_written(visit, site, in_database):
    seen = visit().sign_in("mia")
    page = seen.unit(VIDEO, "?t=60")
    page.get_by_role("button", name="Play", exact=True).click()
    seen.until("document.querySelector('video').currentTime > 63")
    with page.expect_response("**/watched/"):
        page.get_by_role("button", name="Pause", exact=True).click()
    stopped = now_of(page)
    page.goto(page.url.split("?")[0])
    seen.until("document.querySelector('video').readyState > 0")
    assert abs(now_of(page) - stopped) < 2
    page.get_by_role("button", name=re.compile("stuck")).click()
    expect(page.locator("[data-report-note]")).to_contain_text("Saved")
    for _ in range(40):
        if in_database(SelfReport.objects.exists):
            break
        page.wait_for_timeout(250)

    def stored():
        from estimates.models import AffectEstimate
        from telemetry.models import Block

        assert not Block.objects.exists()
        assert not AffectEstimate.objects.exists()
        row = Completion.objects.get(learner=site.people["mia"])
        names = set(Event.objects.values_list("name", flat=True))
        return row.watched, names, SelfReport.objects.count()

    watched, names, reports = in_database(stored)
    assert 59 < watched[0] < 62 < watched[1]
    assert {"play", "pause", "stuck"} <= names
    assert reports == 1


def test_keys_do_nothing_in_a_field_and_can_be_switched_off(visit):
    seen = visit().sign_in("mia")
    page = seen.unit(VIDEO)
    page.get_by_role("searchbox").press("k")
    assert page.evaluate("document.querySelector('video').paused")
    page.locator("h1").click()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.get_by_label("Use single-key shortcuts").uncheck()
    page.get_by_role("button", name="Close").click()
    page.keyboard.press("k")
    page.wait_for_timeout(300)
    assert page.evaluate("document.querySelector('video').paused")
