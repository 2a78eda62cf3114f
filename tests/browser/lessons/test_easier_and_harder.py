"""Easier and harder, each seen to happen in a quiz and in a video, from the learner's own words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from adaptation.models import Intervention
from adaptation.offers import payload
from interventions.facts import Fact
from telemetry.models import Sitting
from tests.fixtures.offers import answer, leave_on, play_video, say, until_offered

QUIZ, FILM = "quiz-04", "video-04"
SHOW = "detail => document.dispatchEvent(new CustomEvent('attune:intervention', {detail}))"
RATE = "document.querySelector('video').playbackRate"
RULES = {"R15", "R16"}


def reply(question, *, correct):
    """Return a correct or an incorrect reply."""
    found = [choice["id"] for choice in question.choices if choice["correct"] is correct]
    if not found:
        return question.answer if correct else "-987654"
    return found if question.kind == "multiple" else found[0]


def find_sitting(site, unit):
    """Return mia's open page of this unit, in a course with these rules alone."""
    leave_on(site.course, site.people["ines"], RULES, datetime.now(UTC))
    return Sitting.objects.get(learner=site.people["mia"], unit=site.units[unit], ended_at=None)


def wait_for_sitting(seen, in_database, site, unit):
    code = site.units[unit].pk
    for _ in range(100):
        if in_database(lambda: Sitting.objects.filter(unit=code, ended_at=None).exists()):
            return
        seen.page.wait_for_timeout(100)
    raise AssertionError("expected an open Sitting")


def answer_until(level, seen, site, in_database):
    """Answer questions until one is of the skill whose level changed: they are drawn at random."""

    def answer_open(code, second):
        sitting = Sitting.objects.filter(unit=site.units[QUIZ], ended_at=None).latest("began_at")
        question = sitting.unit.questions.get(code=code)
        answer(sitting, question, reply(question, correct=True), second)

    for second in range(30, 39):
        if level.count():
            return
        code = seen.page.locator("[data-question]").first.get_attribute("data-question")
        in_database(lambda code=code, second=second: answer_open(code, second))
        seen.unit(QUIZ)


@pytest.mark.parametrize(
    ("word", "correct", "words"),
    [("confusion", False, "are a little easier"), ("interest", True, "are a little harder")],
)
def test_a_word_and_answers_change_the_level_of_a_quiz(
    visit, site, in_database, word, correct, words
):
    seen = visit(width=360, dark=True).sign_in("mia")
    page = seen.unit(QUIZ)
    wait_for_sitting(seen, in_database, site, QUIZ)

    def act():
        sitting = find_sitting(site, QUIZ)
        asked = list(sitting.unit.questions.filter(position__isnull=False).order_by("position"))
        for second, question in enumerate(asked[:3] if correct else [asked[0]] * 2, start=1):
            answer(sitting, question, reply(question, correct=correct), second)
        say(sitting, word, 4)
        offer, _ = until_offered(sitting, last=20)
        return offer.kind, offer.scopes

    assert in_database(act) == ("adjust", [])
    page = seen.unit(QUIZ)
    level = page.get_by_role("region", name="Difficulty of this question")
    answer_until(level, seen, site, in_database)
    expect(level).to_contain_text(words)
    expect(level).to_contain_text("You said")
    assert seen.violations() == []
    seen.shot(f"quiz-{word}")
    level.get_by_role("button", name="Keep my usual level").press("Enter")
    expect(level).to_contain_text("You keep your usual level.")
    assert in_database(lambda: Intervention.objects.get().outcome) == "withdrawn"


@pytest.mark.parametrize(
    ("word", "button", "rate"),
    [("confusion", "Play slower", 0.75), ("interest", "Play faster", 1.25)],
)
def test_a_word_changes_the_speed_of_a_video_with_a_way_back(
    visit, site, in_database, word, button, rate
):
    seen = visit(width=360, dark=True).sign_in("mia")
    page = seen.unit(FILM, "?t=20")
    wait_for_sitting(seen, in_database, site, FILM)

    def act():
        sitting = find_sitting(site, FILM)
        play_video(sitting, (0, "play", 20.0), (4, "seek", -4.0), (8, "seek", -4.0))
        say(sitting, word, 9)
        known = {"predicted_success": Fact(0.9)} if word == "interest" else {}
        offer, _ = until_offered(sitting, known, first=1, last=20)
        return payload.build_message(offer.code, sitting)

    page.evaluate(SHOW, in_database(act))
    card = page.locator(".offer")
    expect(card).to_contain_text("You said")
    assert seen.violations() == []
    seen.shot(f"film-{word}-offer")
    card.get_by_role("button", name=button).press("Enter")
    assert page.evaluate(RATE) == rate
    expect(page.get_by_role("button", name=f"{rate}× speed")).to_be_visible()
    toast = page.locator(".toast")
    expect(toast).to_contain_text(f"The video plays at {rate}× speed.")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_focused()
    seen.shot(f"film-{word}-after")
    toast.get_by_role("button", name="Back to normal speed").press("Enter")
    assert page.evaluate(RATE) == 1
    expect(toast).to_have_count(0)
    assert seen.violations() == []
    assert page.evaluate("localStorage.getItem('attune.rate')") == "1"


def test_an_engaged_learner_at_full_speed_skips_to_the_next_part(visit, site, in_database):
    seen = visit(width=360, dark=True).sign_in("mia")
    page = seen.unit(FILM, "?t=1")
    wait_for_sitting(seen, in_database, site, FILM)

    def act():
        sitting = find_sitting(site, FILM)
        play_video(sitting, (0, "play", 1.0), (1, "rate", 2.0), (2, "pause", 2.0))
        say(sitting, "interest", 3)
        offer, _ = until_offered(sitting, {"predicted_success": Fact(0.9)}, last=20)
        return payload.build_message(offer.code, sitting)

    offered = in_database(act)
    page.evaluate(SHOW, offered)
    page.locator(".offer").get_by_role("button", name="Skip ahead").press("Enter")
    begin = offered["jump"][0]
    assert begin > 2
    seen.until(f"document.querySelector('video').currentTime >= {begin}")
    seen.shot("film-skipped")


@pytest.mark.parametrize("place", ["discussion", "practice"])
def test_tests_and_discussions_have_the_buttons_for_own_words(visit, site, in_database, place):
    seen = visit(width=360, dark=True).sign_in("mia")
    if place == "practice":
        unit = site.units[QUIZ]

        def begin():
            unit.scenario = "practice"
            unit.save()

        in_database(begin)
        page = seen.unit(QUIZ)
        page.get_by_role("button", name="Start").click()
    else:
        page = seen.unit(FILM, "discussion/")
    page.get_by_role("button", name="Say more").press("Enter")
    words = page.get_by_role("group", name="How it feels")
    words.get_by_role("button", name="Confused").press("Enter")
    expect(words.get_by_role("button", name="Confused")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-announce]")).to_contain_text("Saved.")
    assert seen.violations() == []
    seen.shot(f"words-{place}")
