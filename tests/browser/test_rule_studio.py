"""ines builds a rule by its sentence, replays the last days, saves it, and takes a version back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.browser.conftest import LOOKS


def fill(site):
    """Four simulated Learners who missed questions on each of the last days."""
    from accounts.models import User
    from courses.models import Question
    from tests import factories
    from tests.cast import make
    from tests.platform.adaptation import history

    now = datetime.now(UTC)
    unit = next(unit for unit in site.units.values() if unit.kind == "quiz")
    questions = list(Question.objects.filter(unit=unit, position__isnull=False)[:3])
    for number in range(4):
        person = make(f"sim{number}", now=now)
        User.objects.filter(pk=person.pk).update(simulated=True)
        person.refresh_from_db()
        factories.make_enrolment(person, site.course)
        for days in range(1, 6, 1 + number):
            begin = now - timedelta(days=days, hours=number)
            wrong = (True, True, True, False) if number == 1 else (True, True, False)
            history.day(
                person, unit, begin, questions=questions, minutes=12, every_s=75, wrong=wrong
            )


@pytest.fixture
def studio(visit, site, in_database):
    in_database(lambda: fill(site))

    def opened(path="rules/new/", **window):
        seen = visit(**window).sign_in("ines")
        seen.go(f"/teach/{site.course.slug}/{path}")
        return seen

    return opened


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_the_studio_stands_and_pleases_axe(studio, width, dark):
    seen = studio("rules/R1/", width=width, dark=dark)
    page = seen.page
    page.select_option("#slot-dwell", "30")
    page.wait_for_selector("text=(was 10 seconds)")
    page.click("[data-replay]")
    page.wait_for_selector(".figure, .few-note")

    seen.shot(f"studio-{'dark' if dark else 'light'}-{width}")
    assert seen.violations() == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def in_force(site, in_database, name):
    """What the engine would be given: version, probability, dwell; None = off."""

    def asked():
        from adaptation import rules

        found = {rule.id: rule for rule in rules.on_in(site.course)}
        rule = found.get(name)
        return rule and (rule.version, rule.probability, rule.dwell_s, rule.cap.offers)

    return in_database(asked)


def test_a_rule_is_built_replayed_saved_and_put_in_force_for_half(studio, site, in_database):
    seen = studio()
    page = seen.page
    page.evaluate("window.notReloaded = true")

    # A guess alone: saving is closed, and the reason stands at the slot.
    page.select_option("#slot-signal-0-0", "confusion")
    page.wait_for_selector("#slot-signal-0-0-why")
    assert "A guess cannot act alone" in page.inner_text("#slot-signal-0-0-why")
    assert page.is_disabled("button[value=save]")
    seen.shot("studio-refused")
    assert seen.violations() == []
    assert page.evaluate("document.activeElement.id") == "slot-signal-0-0"

    page.click("button[value=and]")
    page.wait_for_selector("#slot-signal-1-0")
    page.select_option("#slot-signal-1-0", "rewinds_60s")
    page.wait_for_selector(".reads >> text=You went back in the video two times")
    assert page.is_enabled("button[value=save]")

    # What they did is enough here: nobody of these is sensed.
    page.select_option("#slot-signal-0-0", "wrong_on_item")
    page.wait_for_selector(".slot.course#slot-signal-0-0")
    page.click("button[value=drop-1-0]")
    page.wait_for_selector("#slot-signal-1-0", state="detached")
    page.click("[data-replay]")
    page.wait_for_selector(".figure")
    offers = int(page.inner_text(".figure .big"))
    assert offers > 4
    assert page.locator(".chart rect.right, .chart rect.wrong, .chart rect.none").count() >= 5

    page.select_option("#slot-cap", "1")
    page.wait_for_selector("#slot-cap >> css=option[value='1'][selected]", state="attached")
    page.select_option("#slot-per", "86400")
    page.wait_for_selector("#slot-per >> css=option[value='86400'][selected]", state="attached")
    page.click("[data-replay]")
    page.wait_for_selector(f".figure .big:not(:text-is('{offers}'))")

    page.click("button[value=save]")
    page.wait_for_selector("#versions")
    assert page.url.endswith("/rules/C1/?before=")
    assert in_force(site, in_database, "C1") is None

    page.select_option("#share", "0.5")
    page.click("#ve-set")
    page.wait_for_selector("text=version 1 is on, in 5 cases of 10, by lot")
    assert in_force(site, in_database, "C1") == (1, 0.5, 20, 1)
    assert page.evaluate("window.notReloaded") is True


def test_a_version_is_taken_back_and_the_undo_brings_it_again(studio, site, in_database):
    page = studio("rules/").page
    page.click("a:has-text('Stuck on a question')")
    page.wait_for_selector("html[data-ready]", state="attached")
    page.select_option("#slot-dwell", "30")
    page.wait_for_selector("text=(was 10 seconds)")
    page.click("button[value=save]")
    page.wait_for_selector("text=version 2 is on")
    assert in_force(site, in_database, "R1")[:3] == (2, 1, 30)

    page.click("[aria-label='Switch to version 1']")
    page.wait_for_selector(".toast >> text=Version 1 is on")
    assert in_force(site, in_database, "R1")[:3] == (1, 1, 10)
    assert page.evaluate("document.activeElement.textContent") == "Undo"

    page.keyboard.press("Enter")
    page.wait_for_selector(".toast >> text=Version 2 is on")
    assert in_force(site, in_database, "R1")[:3] == (2, 1, 30)


def focus_by_tab(page, selector, most=80):
    """Walk there with the Tab key alone."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            return
    raise AssertionError(f"expected to reach {selector} by Tab")


def test_by_keyboard_alone_a_rule_is_built_and_saved_for_half(studio, site, in_database):
    page = studio().page
    focus_by_tab(page, "#slot-value-0-0")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#slot-value-0-0 >> css=option[value='3'][selected]", state="attached")
    focus_by_tab(page, "#slot-dwell")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#slot-dwell >> css=option[value='30'][selected]", state="attached")
    assert page.evaluate("document.activeElement.id") == "slot-dwell"

    focus_by_tab(page, "button[value=half]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#versions")
    assert in_force(site, in_database, "C1")[:3] == (1, 0.5, 30)


def test_without_scripts_the_sentence_is_a_plain_form(studio, site, in_database):
    page = studio(scripts=False).page
    page.select_option("#slot-signal-0-0", "boredom")
    page.click("noscript button")
    page.wait_for_selector("#slot-signal-0-0-why")
    page.select_option("#slot-signal-0-0", "wrong_streak")
    page.click("button[value=and]")
    page.wait_for_selector("#slot-signal-1-0")
    page.click("button[value=half]")
    page.wait_for_selector("#versions")

    assert in_force(site, in_database, "C1")[:2] == (1, 0.5)
