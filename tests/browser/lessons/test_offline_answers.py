"""Practice questions that are on the page are answered offline, and sent once and in order."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from courses.answers.responses import unseal_reply
from courses.models import Response

QUIZ, FILM = "quiz-04", "video-02"
OPEN_ALL = "document.querySelectorAll('[data-asked]').forEach((card) => { card.hidden = false; })"


@pytest.fixture
def stored(in_database):
    """Return the question codes and replies that are stored, oldest first."""

    def read():
        rows = Response.objects.order_by("answered_at", "pk").select_related("question")
        return [(str(row.question.code), unseal_reply(row)) for row in rows]

    return lambda: in_database(read)


def choose(card, n: int) -> str:
    """Choose the n-th option and check the answer; return its letter."""
    box = card.locator("input[type=radio]").nth(n)
    box.check()
    card.get_by_role("button", name="Check answer").click()
    return box.get_attribute("value")


def find_single(site, unit: str):
    return list(site.units[unit].questions.filter(sibling=None, kind="single"))


def forget_lost_line(seen) -> None:
    lost = re.compile("ERR_INTERNET_DISCONNECTED|ERR_FAILED|WebSocket")
    seen.complaints[:] = [text for text in seen.complaints if not lost.search(text)]


def test_an_answer_given_offline_is_sent_when_the_line_is_back(visit, site, in_database, stored):
    seen = visit(width=360, dark=True).sign_in("mia")
    question = in_database(lambda: find_single(site, QUIZ)[0])
    page = seen.unit(QUIZ, f"?question={question.code}")
    page.context.set_offline(True)
    choose(page, 0)
    expect(page.locator("#answer [role=status]")).to_contain_text("You are offline. Your answer")
    letter = choose(page, 1)
    expect(page.locator("#answer [data-problem]")).to_have_count(1)
    seen.shot("offline-answer")
    assert seen.violations() == []

    page.get_by_role("link", name="Skip for now").click()
    expect(page.locator(".toast")).to_contain_text("You are offline.")
    expect(page.locator(f"#answer input[value='{question.code}']")).to_have_count(1)
    assert stored() == []

    page.context.set_offline(False)
    expect(page.locator("#question .fb").first).to_be_visible(timeout=20_000)
    expect(page.locator(".toast").last).to_contain_text("You are back online.")
    expect(page.locator("#answer [data-problem]")).to_have_count(0)
    assert stored() == [(str(question.code), letter)]
    forget_lost_line(seen)


def test_answers_to_two_questions_are_sent_once_and_in_order(visit, site, in_database, stored):
    seen = visit().sign_in("mia")
    first, second = (str(row.code) for row in in_database(lambda: find_single(site, FILM))[:2])
    page = seen.unit(FILM)
    page.evaluate(OPEN_ALL)
    cards = {code: page.locator(f"#card-{code}") for code in (first, second)}
    page.context.set_offline(True)
    letters = [(second, choose(cards[second], 1)), (first, choose(cards[first], 0))]
    for card in cards.values():
        expect(card.get_by_role("status")).to_contain_text("You are offline.")

    # The first answer arrives, but the line breaks before the page hears of it.
    heard = []

    def lose_the_reply(route):
        heard.append(route.fetch().status)
        route.abort("internetdisconnected")

    page.route("**/answer/", lose_the_reply, times=1)
    page.context.set_offline(False)
    for code, card in cards.items():
        expect(card.locator(".fb").first, code).to_be_visible(timeout=30_000)
    assert len(heard) == 1
    assert stored() == letters
    forget_lost_line(seen)


def test_a_later_answer_does_not_overtake_one_that_waits(visit, site, in_database, stored):
    seen = visit().sign_in("mia")
    first, second = (str(row.code) for row in in_database(lambda: find_single(site, FILM))[:2])
    page = seen.unit(FILM)
    page.evaluate(OPEN_ALL)
    cards = {code: page.locator(f"#card-{code}") for code in (first, second)}
    page.route("**/answer/", lambda route: route.abort("internetdisconnected"), times=1)
    choose(cards[second], 0)
    expect(cards[second].get_by_role("status")).to_contain_text("You are offline.")

    page.route("**/answer/", lambda route: route.abort("internetdisconnected"), times=1)
    changed = choose(cards[second], 1)
    letters = [(second, changed), (first, choose(cards[first], 0))]
    for code, card in cards.items():
        expect(card.locator(".fb").first, code).to_be_visible(timeout=30_000)
    assert stored() == letters
    forget_lost_line(seen)


def test_leaving_the_page_asks_while_an_answer_waits(visit, site, in_database):
    seen = visit().sign_in("mia")
    question = in_database(lambda: find_single(site, QUIZ)[0])
    page = seen.unit(QUIZ, f"?question={question.code}")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.context.set_offline(True)
    choose(page, 0)
    expect(page.locator("#answer [role=status]")).to_be_visible()
    page.evaluate("location.assign('/journey/')")
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    expect(page.locator("#answer [role=status]")).to_be_visible()
    page.context.set_offline(False)
    expect(page.locator("#question .fb").first).to_be_visible(timeout=20_000)
    forget_lost_line(seen)
