"""ines reads states beside results of last week, by keyboard, and of the week so far."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOOKS

PEOPLE = 24


def fill(site) -> None:
    """Let people answer last week and this week, and publish last week for Teachers."""
    from courses.models import Course
    from estimates.group_figures import weekly_cells
    from estimates.models.group_figures import TEACH

    now = datetime.now(UTC)
    answer_in_two_weeks(site, now, "teach")
    weekly_cells.publish_due(Course.objects.all(), TEACH, now)


def answer_in_two_weeks(site, now, purpose) -> None:
    """Let simulated people answer two questions, last week and this week.

    Confused people answer correctly less often; interest makes no difference.
    """
    from courses.models import Question
    from estimates.group_figures import weekly_cells
    from tests.platform.teaching import conftest as acts

    rng = Random(7)
    week = weekly_cells.week_of(now)
    feel = acts.feel.__wrapped__(make_predictor())
    people = make_people(site, now, ("pointer:adapt", f"pointer:{purpose}"))
    questions = Question.objects.filter(
        kind="numeric", position__isnull=False, skills__isnull=False
    )
    for begin in (week - timedelta(days=5), max(week, now - timedelta(minutes=20))):
        for person in people:
            for question in questions.order_by("unit", "position").distinct()[:2]:
                sitting = acts.sit(person, question.unit, begin)
                confusion, happy = rng.choice((0.1, 0.9)), rng.random() / 4
                for cut in (2, 3):
                    feel(
                        sitting, cut, CONFUSION=confusion * (1 - happy), HAPPINESS=happy,
                        INTEREST=(1 - confusion) * (1 - happy), BOREDOM=0.0,
                    )  # fmt: skip
                at = begin + timedelta(seconds=30)
                right = rng.random() > confusion  # 9 in 10, and 1 in 10
                acts.answer(person, question, at, right=right, sitting=sitting)


def make_predictor():
    from estimates.models import Predictor

    return Predictor.objects.create(
        name="prior", digest="0123456789ab", kind="affect", origin="simulated", card={}
    )


def make_people(site, now, scopes) -> list:
    from consent.grants import grants
    from consent.notices import notices
    from consent.stream_groups import group_of
    from telemetry.blocks import partitions
    from tests.fixtures import factories
    from tests.fixtures.users import make

    partitions.open_days()
    notices.publish(now - timedelta(days=20))
    notice = notices.current(group_of("pointer"), "adult", now=now)
    people = []
    for number in range(PEOPLE):
        person = make(f"teo{number}", now=now)
        person.simulated = True
        person.save(update_fields=["simulated"])
        factories.make_enrolment(person, site.course)
        since = now - timedelta(days=14)
        grants.grant(person.code, scopes, notice=notice, now=since, actor=person.code)
        people.append(person)
    return people


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_teacher_reads_last_week_and_this_week(visit, site, in_database, width, dark):
    in_database(lambda: fill(site))
    ines = visit(width=width, dark=dark).sign_in("ines")
    tail = f"{'dark' if dark else 'light'}-{width}"
    page = ines.go(f"/teach/{site.course.slug}/states/")
    ines.shot(f"states-{tail}")

    row = page.locator("tr", has_text="Confusion").first
    expect(row).to_contain_text("Fewer correct answers with confusion than otherwise.")
    expect(page.locator("tr", has_text="Boredom").first).to_contain_text("too few")
    assert ines.violations() == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    weeks = page.locator("nav.quarters a")
    weeks.nth(0).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/states/?week=*")
    expect(page.locator("nav.quarters a[aria-current=page]")).to_have_text("This week so far")
    expect(page.locator("main section.card").first).to_contain_text("simulated")
    region = page.locator("div.scroll").first
    region.focus()
    assert region.evaluate("at => at === document.activeElement")


def test_a_course_without_answers_says_when_figures_appear(visit, site):
    ines = visit().sign_in("ines")
    page = ines.go(f"/teach/{site.course.slug}/states/")
    ines.shot("states-empty")

    expect(page.locator("section.empty")).to_contain_text("Nothing to show for this week")
    assert ines.violations() == []
