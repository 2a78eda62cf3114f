"""Tests in the browser, by keyboard: the clock, a reload, submission and report.

A graded test senses nothing, whatever was granted. A Learner sees a grade that was overridden by
hand.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from consent.notices import notices
from courses.models import Attempt, Response
from telemetry.models import Block, Sitting
from tests.browser.conftest import LOOKS
from tests.browser.pages.test_learner_pages import SIDEWAYS
from tests.fixtures.browser.network_capture import listen
from tests.fixtures.consent import give_consent
from tests.fixtures.exams import make_test

RIGHT = "5"


@pytest.fixture
def wire(monkeypatch):
    return listen(monkeypatch)


@pytest.fixture
def site(wire, site):
    """A practice test of ten minutes and a graded test, at the end of the course."""
    course, due = site.course, timezone.now() + timedelta(days=2)
    practice = make_test(course=course, scenario="practice", time_limit_s=600)
    site.units.update(practice=practice, graded=make_test(course=course, attempts=1, due_at=due))
    return site


def begin(seen, unit):
    """Begin from the start page, by keyboard alone."""
    seen.go(f"/units/{unit.code}/")
    press(seen.page, "Start")
    expect(seen.page.get_by_role("heading", name=re.compile("Solve"))).to_be_visible()
    return seen.page


def press(page, name):
    page.get_by_role("button", name=name).focus()
    page.keyboard.press("Enter")


def typed(page, text):
    field = page.get_by_label("Your answer")
    field.focus()
    page.keyboard.type(text)
    expect(page.locator("[data-kept]")).to_have_text("Saved.")


def short(attempt_of, left_s):
    """Shorten the time left to this."""
    row = attempt_of()
    row.ends_at = datetime.now(UTC) + timedelta(seconds=left_s)
    row.save(update_fields=["ends_at"])


def test_a_practice_test_by_keyboard_with_a_reload_and_the_clock_running_out(
    visit, site, in_database
):
    seen = visit().sign_in("mia")
    page = begin(seen, site.units["practice"])
    expect(page.locator("[data-countdown]")).to_have_text(re.compile(r"^(9:5\d|10:00)$"))
    typed(page, RIGHT)
    seen.go(page.url.removeprefix(site.url))
    expect(page.get_by_label("Your answer")).to_have_value("")
    expect(page.get_by_text("Question 2 of 3 · 1 point", exact=True)).to_be_visible()
    seen.go(f"{page.url.removeprefix(site.url)}?place=1")
    expect(page.get_by_label("Your answer")).to_have_value(RIGHT)
    press(page, "Save and continue")
    expect(page.locator(".steps [aria-current=step]")).to_contain_text("Question 2")
    in_database(lambda: short(Attempt.objects.get, 4))
    page.reload()
    page.wait_for_selector("html[data-ready]", state="attached")
    page.get_by_label("Your answer").focus()
    page.keyboard.type("7")
    expect(page.get_by_role("heading", name="1 of 3 points")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Time ran out")).to_be_visible()
    expect(page.get_by_text("Subtract 9 from both sides.").first).to_be_visible()
    rows = in_database(lambda: list(Response.objects.order_by("question__position")))
    assert [row.correct for row in rows] == [True, False]
    assert in_database(lambda: Attempt.objects.get().handed_in_at == Attempt.objects.get().ends_at)


def test_a_test_is_reviewed_and_submitted_by_keyboard(visit, site, in_database):
    seen = visit().sign_in("mia")
    page = begin(seen, site.units["practice"])
    for _ in range(2):
        typed(page, RIGHT)
        press(page, "Save and continue")
        expect(page.get_by_label("Your answer")).to_have_value("")
    page.get_by_role("link", name="Check your answers and submit").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 question has no answer.")).to_be_visible()
    press(page, "Submit")
    expect(page.get_by_role("heading", name="2 of 3 points")).to_be_visible()
    expect(page.get_by_text("does not count towards a grade")).to_be_visible()


@pytest.fixture
def allowed(site):
    """mia with two streams and both Grants live."""
    now = datetime.now(UTC)
    notices.publish(now)
    give_consent(
        site.people["mia"], "pointer:adapt", "activity:adapt", now=now, by=site.people["mia"]
    )


def test_a_graded_test_senses_nothing_whatever_was_granted(allowed, visit, site, wire, in_database):
    seen = visit().sign_in("mia")
    page = begin(seen, site.units["graded"])
    expect(page.locator(".lamp")).to_have_attribute("data-state", "blocked")
    typed(page, RIGHT)
    page.mouse.move(200, 200)
    page.mouse.move(500, 400)
    page.wait_for_timeout(3000)
    scenario = in_database(lambda: Sitting.objects.get(unit=site.units["graded"]).scenario)
    assert (scenario, in_database(Block.objects.count)) == ("graded", 0)
    assert wire.frames
    assert wire.blocks("pointer") == wire.blocks("activity") == []
    expect(page.get_by_role("button", name=re.compile("stuck|hint", re.I))).to_have_count(0)


def test_a_learner_sees_the_grade_set_by_the_teacher(visit, site, in_database):
    mia = visit().sign_in("mia")
    page = begin(mia, site.units["graded"])
    typed(page, "4")
    page.get_by_role("link", name="Check your answers and submit").click()
    press(page, "Submit")
    expect(page.get_by_role("heading", name="0 of 3 points")).to_be_visible()

    ines = visit().sign_in("ines")
    ines.go(f"/teach/{site.course.slug}/grades/")
    ines.page.get_by_role("link", name=re.compile("mia: 0%")).focus()
    ines.page.keyboard.press("Enter")
    ines.page.get_by_label("Grade in percent").fill("70")
    ines.page.get_by_label("Reason").fill("The first question was unclear.")
    press(ines.page, "Set grade")
    expect(ines.page.get_by_text("70%").first).to_be_visible()

    mia.go(f"/courses/{site.course.slug}/")
    told = page.get_by_role("region", name="Your grades")
    expect(told).to_contain_text("70% set by ines")
    expect(told).to_contain_text("The first question was unclear.")
    press(ines.page, "Undo your change")
    expect(ines.page.get_by_role("button", name="Undo your change")).to_have_count(0)
    mia.go(f"/courses/{site.course.slug}/")
    expect(told).to_contain_text("0% from your best attempt")


def test_the_whole_test_works_without_scripts(visit, site, in_database):
    seen = visit(scripts=False).sign_in("mia")
    page = seen.go(f"/units/{site.units['practice'].code}/")
    page.get_by_role("button", name="Start").click()
    for button in ("Save and continue", "Save and continue", "Save and check your answers"):
        page.get_by_label("Your answer").fill(RIGHT)
        page.get_by_role("button", name=button).click()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="3 of 3 points")).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_no_page_of_a_test_has_a_violation(visit, site, width, dark):
    tail = f"{'dark' if dark else 'light'}-{width}"
    seen, unit = visit(width=width, dark=dark).sign_in("mia"), site.units["practice"]
    looked_at = iter(("before", "question", "hand-in", "report", "after"))

    def look():
        name = next(looked_at)
        seen.page.wait_for_timeout(300)
        seen.shot(f"test-{name}-{tail}")
        assert seen.page.evaluate(SIDEWAYS) <= 0, (name, tail)
        assert seen.violations() == [], (name, tail)

    seen.go(f"/units/{unit.code}/")
    look()
    page = begin(seen, unit)
    typed(page, RIGHT)
    look()
    page.get_by_role("link", name="Check your answers and submit").click()
    look()
    press(page, "Submit")
    expect(page.get_by_role("heading", name="1 of 3 points")).to_be_visible()
    look()
    seen.go(f"/units/{unit.code}/")
    look()


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_no_page_of_the_gradebook_has_a_violation(visit, site, width, dark):
    tail = f"{'dark' if dark else 'light'}-{width}"
    seen = visit(width=width, dark=dark).sign_in("ines")
    teach, mia = f"/teach/{site.course.slug}", site.people["mia"].code
    pages = {
        "grades": f"{teach}/grades/",
        "grade": f"{teach}/grades/{mia}/{site.units['graded'].code}/",
        "dates": f"{teach}/units/",
        "date": f"{teach}/units/{site.units['graded'].code}/",
    }
    for name, path in pages.items():
        seen.go(path)
        seen.shot(f"{name}-{tail}")
        assert seen.page.evaluate(SIDEWAYS) <= 0, (name, tail)
        assert seen.violations() == [], (name, tail)
