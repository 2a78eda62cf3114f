"""ines gets from sign-in to the part that most needs work, and why, in at most three presses."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOOKS
from tests.fixtures.users import PASSWORD

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# How many elements reach out of the window, without those that scroll by themselves.
OUTSIDE = """
[...document.querySelectorAll("main *")].filter((each) =>
  !each.closest(".scroll, .subnav, .vh, svg")
  && each.getBoundingClientRect().right > innerWidth + 1).length
"""


def hard_lesson(site) -> None:
    """30 learners: 21 replayed "Find the pair", 15 were stuck there; question 5 is hard.

    Quarters of an hour were published too, with more confusion in that chapter than elsewhere.
    Just now three learners asked for help in the lesson before.
    """
    from courses.questions.question_spec import item_of
    from estimates.models import Cell, Publication
    from tests.fixtures import class_activity

    now = datetime.now(UTC)
    at = now - timedelta(hours=20)
    site.course.enrolments.update(since=now - timedelta(days=20))
    video, quiz = site.units["video-04"], site.units["quiz-04"]
    people = class_activity.class_of(site.course, 30, now=now, since=now - timedelta(days=20))
    class_activity.watch(people[:15], video, at=at, back=(30, 46), times=2, stuck_at=40)
    class_activity.watch(people[15:21], video, at=at, back=(31, 44))
    class_activity.watch(people[21:27], video, at=at, back=(60, 70))
    class_activity.watch(people[27:], video, at=at, until=104)
    just_now = now - timedelta(seconds=345)
    class_activity.watch(people[27:], site.units["video-03"], at=just_now, stuck_at=40)
    for question in quiz.questions.filter(position__isnull=False, kind__in=("numeric", "single")):
        right = item_of(question).correct_reply()
        wrong = next((one["id"] for one in question.choices if not one["correct"]), "77")
        until = 22 if question.position == 5 else 8
        class_activity.answer(
            people, question, at=at,
            given=lambda n, until=until, right=right, wrong=wrong: wrong if n < until else right,
        )  # fmt: skip
    for back in range(1, 10):
        made = Publication.objects.create(
            course=site.course, quarter=at - timedelta(minutes=15 * back), at=at
        )
        for chapter, share in enumerate((15, 55, 15, 20)):
            Cell.objects.create(
                publication=made, unit=video, chapter=chapter, at=at, floor=5, n=60,
                labels=["CONFUSION"], shares=[share], unsure=5,
            )  # fmt: skip


@pytest.fixture
def story(site, in_database):
    in_database(lambda: hard_lesson(site))
    return f"/teach/{site.course.slug}/"


def test_the_part_and_its_reason_are_two_presses_from_the_start_page(story, visit, site):
    ines = visit().log_in("ines")
    page = ines.page
    page.locator(f"main a[href='{story}']").first.click()
    expect(page.locator(".glance")).to_contain_text("“Find the pair”")
    expect(page.locator("#queue h3")).to_contain_text("3 learners asked for help")
    ines.shot("today-wide")
    page.get_by_role("link", name="See this part: Find the pair").click()
    expect(page.locator("#part h2")).to_contain_text("“Find the pair”")
    expect(page.locator("#part h2")).to_contain_text("was harder than usual")
    expect(page.locator("#why")).to_contain_text("21 of 30 learners replayed it")
    expect(page.locator("#why")).to_contain_text("15 of 30 learners pressed “I\u2019m stuck”")
    ines.shot("lesson-map-wide")

    add = page.get_by_role("link", name="Add a question here")
    assert f"unit={site.units['video-04'].code}&t=" in add.get_attribute("href")
    page.get_by_role("link", name="Quiz question 5").click()
    expect(page.locator("#part h2")).to_contain_text("Quiz question 5")
    page.get_by_role("link", name="Item analysis").click()
    expect(page.get_by_role("heading", name="Wrong answers")).to_be_visible()


@pytest.mark.long
@pytest.mark.parametrize("by_keyboard", [False, True])
def test_the_part_and_its_reason_take_at_most_fifteen_seconds(story, visit, by_keyboard):
    """From the sign-in form to the words, all of it server and paint time of a 360 px window."""
    page = visit(width=360).go("/accounts/login/")
    page.fill("input[name=login]", "ines")
    page.fill("input[name=password]", PASSWORD)
    steps = (
        (page.locator("main form button").first, page.locator(f"main a[href='{story}']").first),
        (page.locator(f"main a[href='{story}']").first, page.locator(".glance")),
        (page.get_by_role("link", name="See this part: Find the pair"), page.locator("#why")),
    )
    began = time.perf_counter()
    for pressed, shown in steps:
        if by_keyboard:
            pressed.press("Enter")
        else:
            pressed.click()
        expect(shown).to_be_visible()
    took = time.perf_counter() - began
    print(f"{len(steps)} presses, {took:.1f} s")
    expect(page.locator("#part h2")).to_contain_text("was harder than usual")
    expect(page.locator("#why")).to_contain_text("21 of 30 learners replayed it")
    assert took <= 15


def test_the_tabs_are_walked_with_the_keyboard(story, visit):
    ines = visit().sign_in("ines")
    page = ines.go(story)
    tabs = page.locator("nav.subnav").first.get_by_role("link")
    expect(tabs).to_have_count(5)
    tabs.nth(1).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/lessons/")
    below = page.locator("nav.subnav.below").get_by_role("link")
    expect(below).to_have_text(["Map", "Questions", "Skills", "All figures", "Dates"])
    page.get_by_role("link", name="All figures").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/board/")
    expect(page.locator("nav.subnav.below")).to_have_count(2)


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_today_and_the_map_pass_axe_and_fit(story, visit, site, width, dark):
    tail = f"{'dark' if dark else 'light'}-{width}"
    ines = visit(width=width, dark=dark).sign_in("ines")
    map_ = f"lessons/{site.units['video-04'].code}/"
    for name, path in (
        ("today", ""),
        ("lessons", "lessons/"),
        ("map", map_),
        ("figures", "board/"),
    ):
        page = ines.go(f"{story}{path}")
        for details in page.locator("details:not(.menu)").all():
            details.locator("summary").click()
        ines.shot(f"place-{name}-{tail}")
        assert page.evaluate(SIDEWAYS) <= 0, (name, tail)
        assert page.evaluate(OUTSIDE) == 0, (name, tail)
        assert ines.violations() == [], (name, tail)


def test_without_scripts_the_map_is_the_same(story, visit, site):
    ines = visit(scripts=False).sign_in("ines")
    page = ines.go(f"{story}lessons/{site.units['video-04'].code}/?part=c0")
    expect(page.locator("#part h2")).to_contain_text("No difference seen here")
    expect(page.locator("svg.map rect.found")).to_have_count(2)
