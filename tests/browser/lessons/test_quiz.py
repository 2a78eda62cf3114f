"""A quiz in the browser: a wrong answer with its reason, hints that wait, a correct answer."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from playwright.sync_api import expect

from courses.models import Response
from estimates.knowledge import mastery

QUIZ = "quiz-04"


def ask(site, seen, in_database, kind="single"):
    question = in_database(
        lambda: site.units[QUIZ].questions.filter(position__isnull=False, kind=kind).first()
    )
    return question, seen.unit(QUIZ, f"?question={question.code}")


def test_wrong_then_hints_then_right(visit, site, in_database):
    seen = visit().sign_in("mia")
    question, page = ask(site, seen, in_database)
    wrong = next(c for c in question.choices if not c["correct"])
    right = next(c for c in question.choices if c["correct"])
    page.locator(f"input[value={wrong['id']}]").check()
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator(".opt.tried")).to_have_count(1)
    expect(page.locator(".fb")).to_be_visible()

    page.keyboard.press("h")
    expect(page.locator(".ladder [data-open]")).to_have_count(1)
    expect(page.locator(".ladder [data-open]").first).to_be_focused()
    nxt = page.locator("[data-hint-next]")
    expect(nxt).to_have_attribute("aria-disabled", "true")
    nxt.click(force=True)
    expect(page.locator(".ladder [data-open]")).to_have_count(1)
    expect(nxt).not_to_have_attribute("aria-disabled", "true", timeout=12_000)
    nxt.click()
    expect(page.locator(".ladder [data-open]")).to_have_count(2)

    page.locator(f"input[value={right['id']}]").check()
    page.get_by_role("button", name="Check answer").click()
    expect(page.get_by_role("link", name="Next question")).to_be_focused()
    in_database(lambda: mastery.refine_due(now=datetime.now(UTC)))
    expect(page.locator("#mastery .v").first).to_have_text(re.compile(r"\d+–\d+%"), timeout=9000)
    rows = in_database(lambda: list(Response.objects.order_by("answered_at")))
    assert [row.correct for row in rows] == [False, True]
    assert [row.hints_used for row in rows] == [0, 2]
    assert all(row.sitting for row in rows)
    page.get_by_role("link", name="Next question").click()
    expect(page.locator("#places [aria-current=step]")).to_have_count(1)
    expect(page.locator("#places .done")).to_have_count(1)


def test_an_unreadable_reply_is_reported_in_place(visit, site, in_database):
    seen = visit().sign_in("mia")
    _, page = ask(site, seen, in_database, "numeric")
    page.get_by_label("Your answer").fill("five")
    page.get_by_role("button", name="Check answer").click()
    expect(page.locator(".fb")).to_contain_text(re.compile("Enter a number"))
    assert in_database(Response.objects.count) == 0
    # The browser reports the 422 as a failed load; the page handles it.
    seen.complaints[:] = [text for text in seen.complaints if "422" not in text]
