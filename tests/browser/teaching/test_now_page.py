"""ines watches the Now page while mia works: rows appear, disappear and return without a reload."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from tests.browser.conftest import LONG_LOOKS


def act(in_database, site, *names, unit="video-04", who="mia", at_s=45.0):
    """Send what a Learner's page would send: 45 s into the video, then these acts."""

    def told():
        from telemetry import events, sittings

        now = datetime.now(UTC)
        began = now - timedelta(seconds=60)
        sitting = sittings.open(
            site.people[who], site.units[unit], scenario="course", page=uuid.uuid4(), now=began
        )
        events.store(sitting, uuid.uuid4(), 1.0, "play", at_s - 58.0, None, now)
        for name in names:
            events.store(sitting, uuid.uuid4(), 59.0, name, None, None, now)
        sittings.touch(sitting.id, now)

    in_database(told)


@pytest.fixture
def now_page(visit, site):
    def opened(**window):
        seen = visit(**window).sign_in("ines")
        seen.go(f"/teach/{site.course.slug}/")
        return seen

    return opened


@pytest.mark.timed
def test_stuck_appears_within_three_seconds_without_reload(visit, site, now_page):
    teacher, learner = now_page(), visit().sign_in("mia")
    teacher.page.evaluate("window.notReloaded = true")
    learner.unit("video-04")
    learner.page.wait_for_function("document.documentElement.dataset.ready === 'true'")
    learner.page.wait_for_selector("[data-report='stuck']:visible")
    learner.page.wait_for_timeout(1500)

    learner.page.click("[data-report='stuck']")
    pressed = time.monotonic()
    teacher.page.wait_for_selector("#queue li:has-text('mia')", timeout=3000)

    assert time.monotonic() - pressed < 3
    assert "Pressed “I\u2019m stuck”" in teacher.page.inner_text("#queue li p >> nth=0")
    assert teacher.page.evaluate("window.notReloaded") is True
    assert teacher.page.evaluate("document.querySelector('[data-announce]').textContent") == (
        "New in the queue: mia"
    )


def test_handled_removes_the_row_without_reload_and_undo_restores_it(site, now_page, in_database):
    act(in_database, site, "stuck")
    page = now_page().page
    page.evaluate("window.notReloaded = true")

    page.click("button:has-text('Handled')")
    page.wait_for_selector(".toast >> text=mia: handled")
    assert page.locator("#queue li[id^=row-]").count() == 0
    assert page.evaluate("document.activeElement.textContent") == "Undo"
    page.wait_for_timeout(2500)
    assert page.locator("#queue li[id^=row-]").count() == 0

    page.click("[data-undo]")
    page.wait_for_selector("#queue li[id^=row-]")
    assert page.evaluate("window.notReloaded") is True


def test_the_focus_stays_while_rows_appear(site, now_page, in_database):
    act(in_database, site, "stuck")
    page = now_page().page
    page.focus("button:has-text('Snooze')")
    focused = page.evaluate("document.activeElement.id")

    act(in_database, site, "stuck", who="noah")
    page.wait_for_selector("#queue li:has-text('noah')", timeout=4000)

    assert page.evaluate("document.activeElement.id") == focused


def test_polling_transfers_no_body_while_nothing_changes(now_page):
    page = now_page().page
    answers = []
    page.on("response", lambda r: answers.append(r.status) if r.url.endswith("/queue/") else None)
    page.wait_for_timeout(6500)

    assert answers.count(304) >= 2
    assert set(answers) <= {200, 304}


def test_without_scripts_handled_and_undo_work_as_forms(site, now_page, in_database):
    act(in_database, site, "stuck")
    page = now_page(scripts=False).page

    row = page.locator("#queue li[id^=row-]")
    page.click("button:has-text('Handled')")
    row.wait_for(state="detached")
    page.click("[data-undo]")
    row.wait_for()
    assert row.count() == 1


def test_a_rule_is_switched_in_place(visit, site):
    seen = visit().sign_in("ines")
    seen.go(f"/teach/{site.course.slug}/rules/")
    seen.page.click("#switch-R1")
    seen.page.wait_for_selector("#switch-R1[aria-checked=false]")

    assert seen.page.evaluate("document.activeElement.id") == "switch-R1"


def fill(site):
    """Create a class at work: requests, a streak and a published summary.

    Return its quarter of an hour.
    """
    from accounts.models import User
    from consent.grants import grants
    from consent.notices import notices
    from consent.stream_groups import group_of
    from courses.models import Question
    from estimates.group_figures.publications import GRACE, QUARTER
    from estimates.models import Predictor
    from teaching.class_picture import cells
    from teaching.class_picture.views import stamp
    from telemetry.blocks import partitions
    from tests.fixtures import factories
    from tests.fixtures.users import make
    from tests.platform.teaching import conftest as acts

    partitions.open_days()
    now = datetime.now(UTC)
    quarter = cells.quarter_of(now - GRACE) - QUARTER
    if not notices.current(group_of("pointer"), "adult", now=now):
        notices.publish(now - timedelta(days=1))
    notice = notices.current(group_of("pointer"), "adult", now=now)
    predictor = Predictor.objects.create(
        name="prior", digest="0123456789ab", kind="affect", origin="simulated", card={}
    )
    feel = acts.feel.__wrapped__(predictor)
    people = []
    for number in range(7):
        person = make(f"teo{number}" if number else "teo", now=now)
        factories.make_enrolment(person, site.course)
        grants.grant(
            person.code, acts.BOTH, notice=notice, now=now - timedelta(hours=1), actor=person.code
        )
        people.append(person)
    User.objects.filter(pk__in=[p.pk for p in people]).update(simulated=True)
    for person in people:
        person.refresh_from_db()
    for begin in (quarter, cells.quarter_of(now)):
        for place, person in enumerate(people):
            sitting = acts.sit(person, site.units["video-04"], begin)
            acts.tell(sitting, "play", begin, 0.0)
            for cut in range(2, 12 + 2 * place):
                if begin + timedelta(seconds=5 * cut) < now:
                    feel(sitting, cut, INTEREST=0.4, BOREDOM=0.1, HAPPINESS=0.1, CONFUSION=0.4)
            if place < 3:
                acts.tell(sitting, "stuck", begin + timedelta(seconds=50))
    cells.publish_due(now)
    question = Question.objects.filter(
        unit__kind="quiz", kind="numeric", position__isnull=False
    ).first()
    sitting = acts.sit(site.people["noah"], question.unit, now - timedelta(minutes=9))
    for minute in (8, 7, 6):
        acts.answer(site.people["noah"], question, now - timedelta(minutes=minute), sitting=sitting)
    for second in range(6):
        acts.answer(people[5], question, now - timedelta(seconds=60 - second), right=True)
    return stamp(quarter)


@pytest.fixture
def classroom(site, in_database):
    act(in_database, site, "stuck")
    return in_database(lambda: fill(site))


@pytest.mark.parametrize(("width", "dark"), LONG_LOOKS)
def test_the_teacher_pages_render_and_pass_axe(visit, site, in_database, classroom, width, dark):
    seen = visit(width=width, dark=dark).sign_in("ines")
    tail = f"{'dark' if dark else 'light'}-{width}"
    for name in ("", "board/", f"board/?quarter={classroom}", "rules/"):
        page = seen.go(f"/teach/{site.course.slug}/{name}")
        seen.shot(f"teach-{name.strip('/').replace('/?', '-')[:12] or 'now'}-{tail}")
        assert seen.violations() == [], name
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
