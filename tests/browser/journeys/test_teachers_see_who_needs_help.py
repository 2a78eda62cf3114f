"""Journey 7: with 24 simulated learners, noah appears after his eleventh try on one skill.

No reload is needed. Handled by ines, he also disappears for her colleague. mia shows no estimate.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LONG_LOOKS

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
SOON_MS = 15_000


def at_work(site) -> str:
    """24 simulated learners at work; noah has tried ten times, and otto teaches, too.

    Return noah's question.
    """
    from courses.models import Question
    from tests.fixtures import class_activity, factories
    from tests.fixtures.users import make

    now = datetime.now(UTC)
    people = class_activity.class_of(site.course, 24, now=now, simulated=True, name="sim")
    class_activity.watch(people, site.units["video-01"], at=now - timedelta(minutes=50))
    places = Question.objects.filter(unit__ref="quiz-01", position__isnull=False, kind="numeric")
    first = places.order_by("position").first()
    for second in range(5):
        class_activity.answer(
            people[:2], first, at=now - timedelta(minutes=5, seconds=-second),
            given=lambda _: first.answer,
        )  # fmt: skip
    class_activity.answer(
        people[2:6], first, at=now - timedelta(minutes=4), given=lambda _: "998877"
    )
    for day in range(10):
        class_activity.answer(
            [site.people["noah"]], first, at=now - timedelta(days=10 - day),
            given=lambda _: "998877",
        )  # fmt: skip
    factories.make_enrolment(make("otto", now=now), site.course, role="teacher")
    return str(first.code)


@pytest.fixture
def story(site, in_database):
    return in_database(lambda: at_work(site))


def test_noah_appears_and_is_handled_once_for_both_teachers(story, visit, site):
    ines, otto, noah = (visit().sign_in(name) for name in ("ines", "otto", "noah"))
    teach = f"/teach/{site.course.slug}/"
    for teacher in (ines, otto):
        page = teacher.go(teach)
        page.evaluate("window.notReloaded = true")
        expect(page.locator("#queue li", has_text="noah")).to_have_count(0)
    expect(ines.page.locator("#well li")).to_have_count(2)

    page = noah.unit("quiz-01", f"?question={story}")
    page.locator("main form input[inputmode]").first.fill("998877")
    page.get_by_role("button", name="Check answer").click()
    began = time.monotonic()
    row = ines.page.locator("#queue li", has_text="noah")
    expect(row).to_contain_text("11 tries on", timeout=SOON_MS)
    print(f"came up after {time.monotonic() - began:.1f} s")
    expect(row).to_contain_text("none of the last 5 correct")
    expect(row).to_contain_text("Try this:")
    ines.shot("story-now-noah")

    expect(otto.page.locator("#queue li", has_text="noah")).to_have_count(1, timeout=SOON_MS)
    row.get_by_role("button", name="Handled: noah").click()
    expect(ines.page.locator(".toast", has_text="noah: handled.")).to_be_visible(timeout=SOON_MS)
    for teacher in (ines, otto):
        gone = teacher.page.locator("#queue li[id^=row-]", has_text="noah")
        expect(gone).to_have_count(0, timeout=SOON_MS)
        assert teacher.page.evaluate("window.notReloaded") is True
    ines.shot("story-now-handled")

    page = ines.go(f"{teach}learners/")
    page.get_by_role("link", name="mia").click()
    expect(page.get_by_text("Not shared.")).to_be_visible()


def in_two_groups(site) -> None:
    """Let twelve of the real learners join a month later; all but four of those have answered."""
    from accounts.models import User
    from courses.models import Question
    from tests.fixtures import class_activity

    now = datetime.now(UTC)
    real = User.objects.filter(enrolments__course=site.course, enrolments__role="learner")
    people = list(real.filter(simulated=False).order_by("pk"))
    late = [person.pk for person in people[10:22]]
    site.course.enrolments.filter(user__in=late).update(since=now - timedelta(days=35))
    places = Question.objects.filter(unit__ref="quiz-01", position__isnull=False, kind="numeric")
    for question in places.order_by("position")[:3]:
        class_activity.answer(
            people[:22], question, at=now - timedelta(hours=3), hints=1,
            given=lambda at, question=question: question.answer if at % 3 else "998877",
        )  # fmt: skip


@pytest.mark.parametrize(("width", "dark"), LONG_LOOKS)
def test_the_group_pages_pass_axe(story, visit, site, in_database, width, dark):
    from tests.browser.journeys.test_find_video_peak import watched

    in_database(lambda: watched(site))
    in_database(lambda: in_two_groups(site))
    question = in_database(lambda: str(site.units["quiz-01"].questions.first().code))
    tail = f"{'dark' if dark else 'light'}-{width}"
    ines = visit(width=width, dark=dark).sign_in("ines")
    for name in ("", "topics/", "items/", f"items/{question}/", "compare/"):
        page = ines.go(f"/teach/{site.course.slug}/{name}")
        ines.shot(f"group-{name.strip('/')[:7] or 'now'}-{tail}")
        if name in ("compare/", "topics/", "items/"):
            expect(page.locator("td.r b, td > b, td.range").first).to_be_visible()
        assert page.evaluate(SIDEWAYS) <= 0, (name, tail)
        assert ines.violations() == [], (name, tail)
