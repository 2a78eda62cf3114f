"""Questions in a video: none is lost and none blocks the Learner, whatever a reload does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.fixtures import factories
from tests.fixtures.browser.question_kinds import EVERY, sort_rows

NOW = "document.querySelector('video').currentTime"
STOPPED = "document.querySelector('video').paused"


@pytest.fixture
def film(site):
    """A film of 30 s with questions at 6 s (order), 12 s (gap), 12 s (the same gap) and 20 s."""
    from authoring.imports.import_course import import_package

    now = datetime.now(UTC)
    course = import_package(EVERY, now=now, tell=lambda *_: None).course
    factories.make_enrolment(site.people["mia"], course, role="learner")
    unit = course.units.get(ref="film")
    gap = unit.questions.get(ref="film-cloze")
    factories.make_question(
        unit, ref="film-same", kind="numeric", answer="7", time_s=gap.time_s, prompt_html="And 7?"
    )
    return unit


@pytest.fixture
def watched(film, visit):
    def run(second, **options):
        seen = visit(**options).sign_in("mia")
        seen.go(f"/units/{film.code}/?t={second}")
        return seen

    return run


def card(page, heading):
    return page.locator("[data-asked]", has=page.get_by_role("heading", name=heading))


ORDER, GAP, SAME, NUMBER = (
    "Put the lengths in order",
    "Complete the text",
    "And 7?",
    "How far is it?",
)


def play(page):
    page.get_by_role("button", name="Play", exact=True).click()


def skip(page):
    page.get_by_role("link", name="Skip for now").click()


def test_a_skipped_question_does_not_keep_the_next_from_coming(watched):
    seen = watched(5)
    page = seen.page
    play(page)
    expect(card(page, ORDER)).to_be_visible()
    assert page.evaluate(STOPPED)
    skip(page)
    expect(card(page, GAP)).to_be_visible(timeout=15_000)
    expect(card(page, ORDER)).to_be_hidden()
    assert page.evaluate(STOPPED)
    skip(page)
    expect(card(page, SAME)).to_be_visible()
    assert page.evaluate(STOPPED)
    skip(page)
    expect(card(page, NUMBER)).to_be_visible(timeout=15_000)
    skip(page)
    seen.until(f"{NOW} > 21")


def test_a_reload_at_a_question_shows_it_and_play_goes_on_past_it(watched):
    seen = watched(11)
    page = seen.page
    with page.expect_response("**/watched/"):
        play(page)
        expect(card(page, GAP)).to_be_visible()
    page.goto(page.url.split("?")[0])
    page.wait_for_selector("html[data-ready]", state="attached")
    expect(card(page, GAP)).to_be_visible()
    expect(page.locator("[data-asked]:not([hidden])")).to_have_count(1)
    skip(page)
    expect(card(page, SAME)).to_be_visible()
    play(page)
    seen.until(f"{NOW} > 14")
    expect(card(page, NUMBER)).to_be_visible(timeout=15_000)
    assert page.evaluate(STOPPED)


def test_an_answered_question_is_not_asked_again_after_a_reload(watched):
    seen = watched(5)
    page = seen.page
    play(page)
    asked = card(page, ORDER)
    expect(asked).to_be_visible()
    sort_rows(asked, ["mm", "cm", "m"])
    asked.get_by_role("button", name="Check answer").click()
    expect(asked.get_by_role("link", name="Continue the video")).to_be_focused()
    page.goto(page.url.split("?")[0] + "?t=5")
    page.wait_for_selector("html[data-ready]", state="attached")
    play(page)
    seen.until(f"{NOW} > 7.5")
    expect(page.locator("[data-asked]:not([hidden])")).to_have_count(0)


def test_the_same_film_goes_on_after_an_answer_in_the_same_page(watched):
    seen = watched(5)
    page = seen.page
    page.evaluate("window.film = document.querySelector('video')")
    begun = []
    page.on("request", lambda asked: "/api/v1/sittings/" in asked.url and begun.append(asked.url))
    play(page)
    asked = card(page, ORDER)
    expect(asked).to_be_visible()
    sort_rows(asked, ["mm", "cm", "m"])
    asked.get_by_role("button", name="Check answer").click()
    asked.get_by_role("link", name="Continue the video").click()
    seen.until(f"{NOW} > 7.5")
    assert page.evaluate("film === document.querySelector('video')")
    assert begun == []


def replayed(seen):
    """Answer the numeric question wrongly, so that the explaining part plays again."""
    play(seen.page)
    asked = card(seen.page, NUMBER)
    expect(asked).to_be_visible()
    asked.get_by_label("Your answer").fill("3 km")
    asked.get_by_role("button", name="Check answer").click()
    expect(asked.locator(".fb")).to_contain_text("Not yet")
    asked.get_by_role("link", name="Watch 0:13–0:19 again").click()
    return asked


def test_a_wrong_answer_leads_to_its_moment_and_back_to_the_question(watched):
    seen = watched(19)
    asked = replayed(seen)
    seen.until(f"{NOW} < 19 && {NOW} > 12.9")
    seen.until(f"{STOPPED} && {NOW} >= 19")
    expect(asked).to_be_visible()
    asked.get_by_label("Your answer").fill("2000 m")
    asked.get_by_role("button", name="Check answer").click()
    asked.get_by_role("link", name="Continue the video").click()
    seen.until(f"{NOW} > 21")


def test_going_on_from_the_middle_of_a_replay_leads_past_the_question(watched):
    seen = watched(19)
    asked = replayed(seen)
    seen.until(f"{NOW} < 19")
    asked.get_by_label("Your answer").fill("2000 m")
    asked.get_by_role("button", name="Check answer").click()
    go_on = asked.get_by_role("link", name="Continue the video")
    expect(go_on).to_be_visible()
    seen.page.evaluate("document.querySelector('video').currentTime = 14")
    go_on.click()
    assert seen.page.evaluate(NOW) >= 20
    seen.until(f"{NOW} > 21")
    assert not seen.page.evaluate(STOPPED)


def test_an_unreadable_reply_keeps_the_question_open(watched):
    seen = watched(19)
    page = seen.page
    play(page)
    asked = card(page, NUMBER)
    asked.get_by_label("Your answer").fill("far")
    asked.get_by_role("button", name="Check answer").click()
    expect(asked.locator(".fb")).to_contain_text("Enter a number and its unit, such as 3.2 km.")
    expect(asked.get_by_label("Your answer")).to_have_value("far")
    seen.complaints[:] = [text for text in seen.complaints if "422" not in text]


def test_without_scripts_every_question_stands_below_the_video(watched):
    page = watched(0, scripts=False).page
    expect(page.locator("[data-asked]")).to_have_count(4)
    gap = card(page, GAP)
    gap.get_by_label("Gap 1 of 1").fill("100")
    gap.get_by_role("button", name="Check answer").click()
    expect(card(page, GAP).get_by_text("Correct", exact=True)).to_be_visible()
