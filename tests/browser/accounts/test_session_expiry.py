"""A session that ends under open pages.

Nothing is reported as stored, typed text stays, and the page goes on after signing in again.
Another user who signs in gets none of it.
"""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from playwright.sync_api import expect

from accounts.models import Session
from tests.browser.consent.test_withdrawal import numeric_place, prepare, switch_on
from tests.browser.lessons.test_discussion import write
from tests.fixtures.exams import make_test
from tests.fixtures.users import PASSWORD

GONE = "You have been signed out"


@pytest.fixture
def site(site):
    site.units["practice"] = make_test(course=site.course, scenario="practice", time_limit_s=600)
    return site


def sign_in_again(page, name, password=PASSWORD):
    """Sign in from the dialog, in the tab that it opens."""
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in again").click()
    tab = opened.value
    tab.get_by_label("Username").fill(name)
    tab.get_by_label("Password").fill(password)
    with tab.expect_event("close", timeout=20_000):
        tab.keyboard.press("Enter")


def end_sessions(in_database):
    in_database(lambda: Session.objects.all().delete())


def test_nothing_is_lost_when_a_session_ends_and_nothing_goes_to_another(visit, site, in_database):
    seen = visit().sign_in("mia")
    page = seen.go(f"/units/{site.units['practice'].code}/")
    page.get_by_role("button", name="Start").click()
    field, told = page.get_by_label("Your answer"), page.locator("[data-kept]")
    expect(field).to_be_visible()
    page.evaluate("window.notReloaded = true")
    end_sessions(in_database)
    field.fill("5")
    dialog = page.get_by_role("dialog", name=GONE)
    expect(dialog).to_be_visible()
    seen.shot("expired-dialogue")
    assert "Saved." not in told.inner_text()
    assert seen.violations() == []
    sign_in_again(page, "mia")
    expect(dialog).to_have_count(0)
    expect(told).to_have_text("Saved.")
    assert page.evaluate("window.notReloaded")
    expect(field).to_have_value("5")
    end_sessions(in_database)
    field.fill("6")
    expect(dialog).to_be_visible()
    sign_in_again(page, "noah")
    expect(page.get_by_text("Another person is now signed in here")).to_be_visible()
    page.get_by_role("button", name="Reload this page").click()
    page.wait_for_url(f"{site.url}/")
    seen.complaints[:] = [each for each in seen.complaints if "401" not in each]


def not_now(page):
    """Dismiss the dialog; the pending action then reports its failure."""
    dialog = page.get_by_role("dialog", name=GONE)
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Not now").click()
    expect(dialog).to_have_count(0)


def failed(page, what):
    told = page.locator("[data-toast-text]", has_text=re.compile(f"^{what}.*You are signed out"))
    expect(told).to_be_visible()


def switch_a_consent(page):
    switch = page.get_by_role("switch", name="Pointer and typing, help for me")
    switch.click()
    not_now(page)
    failed(page, "Not switched off yet")
    expect(switch).to_have_attribute("aria-checked", "true")


def switch_the_lamp_off(page):
    page.locator("[data-lamp-off]").click()
    not_now(page)
    failed(page, "Not switched off yet")


def delete_the_last_minutes(page):
    page.locator("[data-lamp-open]").click()
    page.get_by_role("button", name="Delete the last 10 minutes").click()
    not_now(page)
    failed(page, "Not deleted yet")


def answer_a_question(page):
    """Answer a quiz question; questions in videos use the same controller."""
    field = page.locator("main form input[inputmode]").first
    field.fill("5")
    page.get_by_role("button", name="Check answer").click()
    not_now(page)
    expect(page.locator("main form [data-problem]")).to_contain_text("You are signed out")
    expect(field).to_have_value("5")


def post_a_reply(page):
    """Post a reply. The thread is polled every two seconds, so the dialog comes first, and only
    once."""
    not_now(page)
    field = page.get_by_label("Your reply")
    field.fill("Half a thought")
    page.get_by_role("button", name="Post reply").click()
    not_now(page)
    expect(page.locator("form.compose [data-problem]")).to_contain_text("You are signed out")
    expect(field).to_have_value("Half a thought")
    page.reload()
    assert page.evaluate("Object.values(sessionStorage).join().includes('Half a thought')")


def look_at_the_queue(page):
    """Open the queue, which is polled every two seconds."""
    not_now(page)
    assert page.locator("input[name=password]").count() == 0
    expect(page.locator("#live")).to_be_visible()


def allow_sensing(mia):
    prepare()
    switch_on(mia)


def held_in_database():
    from consent.models import Grant
    from courses.models import Response
    from discussion.models import Post

    return Grant.objects.filter(live=True).count(), Response.objects.count(), Post.objects.count()


def test_each_scripted_action_reports_its_failure(visit, site, in_database):
    in_database(lambda: allow_sensing(site.people["mia"]))
    quiz = f"/units/{site.units['quiz-01'].code}/?question={in_database(numeric_place)}"
    thread, seen = write(site, in_database), visit()
    before = in_database(held_in_database)
    for name, path, act in (
        ("mia", "/consents/", switch_a_consent),
        ("mia", quiz, delete_the_last_minutes),
        ("mia", quiz, answer_a_question),
        ("mia", quiz, switch_the_lamp_off),
        ("mia", thread, post_a_reply),
        ("ines", f"/teach/{site.course.slug}/", look_at_the_queue),
    ):
        seen.page.context.clear_cookies()
        seen.sign_in(name).go(path)
        if path == quiz:
            expect(seen.page.locator("[data-lamp-off]")).to_be_visible()
        # The socket stays open, so that the lamp works; each request finds no session.
        seen.page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
        act(seen.page)
    assert in_database(held_in_database) == before
    seen.complaints[:] = [each for each in seen.complaints if "401" not in each]


def test_a_plain_form_comes_back_filled_and_is_stored_nowhere_else(visit, site, in_database):
    from privacy.subject_requests.requests import PrivacyRequest

    words = "An amber wagtail: please correct my name."
    seen = visit(width=360).sign_in("mia")
    page = seen.go("/my-data/")
    form = page.locator("form[action='/my-data/ask/']").first
    form.get_by_role("radio").nth(1).check()
    form.locator("textarea").fill(words)
    end_sessions(in_database)
    form.get_by_role("button").click()
    page.wait_for_url("**/accounts/login/?next=%2Fmy-data%2F")
    page.fill("input[name=login]", "mia")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site.url}/my-data/")
    expect(form.locator("textarea")).to_have_value(words)
    expect(form.get_by_role("radio").nth(1)).to_be_checked()
    expect(form.get_by_text("This was not sent.")).to_be_focused()
    seen.shot("expired-form-again")
    assert seen.violations() == []
    assert in_database(PrivacyRequest.objects.count) == 0
    form.get_by_role("button").click()
    page.wait_for_url(f"{site.url}/my-data/**")
    expect(form.locator("textarea")).to_have_value("")
    assert in_database(PrivacyRequest.objects.count) == 1
    assert page.evaluate("sessionStorage.getItem('attune.form')") is None
