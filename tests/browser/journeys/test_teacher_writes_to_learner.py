"""ines writes to mia from mia's page, by keyboard; mia reads and answers; ines reads the answer.

Then a card on the page Now leads to both who answered wrongly.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOOKS
from tests.browser.pages.test_learner_pages import SIDEWAYS


def check(seen, name):
    seen.shot(name)
    assert seen.page.evaluate(SIDEWAYS) <= 0, name
    assert seen.violations() == [], name


def miss(site) -> None:
    """Let mia and noah answer a question of the quiz wrongly, three times each."""
    from datetime import UTC, datetime, timedelta

    from courses.models import Response

    now = datetime.now(UTC)
    question = site.units["quiz-01"].questions.filter(position=2).get()
    for name in ("mia", "noah"):
        for ago in (3, 2, 1):
            Response.objects.create(
                learner=site.people[name], question=question, given_sealed=b"\x01",
                correct=False, elapsed_ms=9000, answered_at=now - timedelta(minutes=ago),
            )  # fmt: skip


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_message_is_written_read_and_answered(visit, site, in_database, width, dark):
    look = f"{width}-{'dark' if dark else 'light'}"
    teach, mia = f"/teach/{site.course.slug}/", visit(width=width, dark=dark).sign_in("mia")
    ines = visit(width=width, dark=dark).sign_in("ines")
    page = ines.go(f"{teach}learners/{site.people['mia'].code}/")
    page.get_by_role("button", name="Write a message").press("Enter")
    expect(page.get_by_role("heading", name="Message 1 learner")).to_be_visible()
    check(ines, f"message-new-{look}")
    page.get_by_role("button", name=re.compile("Your own words")).press("Enter")
    page.get_by_label("Message", exact=True).press_sequentially("Hello {name}, well done.")
    page.get_by_role("button", name="Preview").press("Enter")
    expect(page.locator(".msg .said")).to_have_text("Hello mia, well done.")
    check(ines, f"message-preview-{look}")
    page.get_by_role("button", name="Send to 1 learner").press("Enter")
    expect(page.get_by_role("heading", name="Messages", exact=True)).to_be_visible()
    check(ines, f"message-sent-{look}")

    mia.go("/")
    expect(mia.page.locator("#new-messages")).to_contain_text("You have 1 new message")
    check(mia, f"message-home-{look}")
    mia.page.get_by_role("link", name="Read", exact=True).press("Enter")
    check(mia, f"message-inbox-{look}")
    mia.page.get_by_role("link", name="ines", exact=True).press("Enter")
    expect(mia.page.get_by_text("Hello mia, well done.")).to_be_visible()
    expect(mia.page.get_by_text("Your teacher chose to write to you.")).to_be_visible()
    check(mia, f"message-read-{look}")
    mia.page.get_by_label("Your reply").press_sequentially("Which sign?")
    mia.page.get_by_role("button", name="Send reply").press("Enter")
    expect(mia.page.locator(".post").last).to_contain_text("Which sign?")

    ines.go(f"{teach}messages/")
    expect(page.get_by_text("new answer")).to_be_visible()
    check(ines, f"message-threads-{look}")
    page.get_by_role("link", name="mia", exact=True).press("Enter")
    expect(page.get_by_text("Which sign?")).to_be_visible()
    check(ines, f"message-thread-{look}")

    in_database(lambda: miss(site))
    ines.go(teach)
    check(ines, f"message-now-{look}")
    page.get_by_role("button", name="Message 2 learners").first.press("Enter")
    expect(page.get_by_role("heading", name="Message 2 learners")).to_be_visible()
    expect(page.get_by_role("heading", name="History of this card")).to_be_visible()
    check(ines, f"message-card-{look}")
    page.get_by_role("button", name="Next learner").press("Enter")
    expect(page.get_by_text("2 of 2")).to_be_visible()
    page.get_by_role("button", name="Send to 2 learners").press("Enter")
    undo = page.get_by_role("button", name=re.compile("^Undo"))
    expect(undo).to_have_count(2)
    check(ines, f"message-undo-{look}")
    undo.first.press("Enter")
    expect(page.get_by_text("Sending was undone for 2 learners.")).to_be_visible()
