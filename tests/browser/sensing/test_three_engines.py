"""One Learner's story in Chromium, Firefox and WebKit.

Consent, a video, a quiz, an answer, sensing over five pages with one step back, a withdrawal, and
signing out.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from tests.fixtures.browser import browser_engines
from tests.fixtures.browser.waits import numeric_places
from tests.fixtures.users import PASSWORD

SWITCHES = ("Pointer and typing, help for me", "Activity on this page, help for me")
READY = "document.documentElement.dataset.ready"
UNITS = ("video-04", "quiz-01", "video-04", "quiz-01", "video-04")
WRONG = "998877"


@pytest.fixture
def chromium_page(driver):
    """`with chromium_page(folder) as page`, like the other engines."""
    return lambda folder: browser_engines.chromium(driver, folder)


@pytest.fixture
def opened(request, site, tmp_path, driver):
    """A window of one engine. Firefox and WebKit run only where they are installed."""
    engine = browser_engines.ENGINES[request.param]
    if not engine.installed():
        pytest.skip(f"{request.param} is not installed")
    with engine.window(tmp_path, driver) as page:
        yield page


@pytest.fixture
def prepared(site, in_database):
    def prepare():
        from consent.notices import notices
        from telemetry.blocks import partitions

        partitions.open_days()
        notices.publish(datetime.now(UTC))

    in_database(prepare)


def until(page, truth: str, seconds: float = 20):
    """Wait until `truth` holds; a page that is being left answers with an error."""
    ends = time.monotonic() + seconds
    last: object = None
    while time.monotonic() < ends:
        try:
            last = page.run(f"return {truth}")
        except browser_engines.PageGone as error:
            last = error
        else:
            if last:
                return last
        time.sleep(0.1)
    raise AssertionError(f"expected {truth} within {seconds} s, last {last!r}")


def open_page(page, url: str) -> None:
    page.go(url)
    until(page, READY)


def sign_in(page, site) -> None:
    open_page(page, site.url + "/accounts/login/")
    page.run(
        "document.querySelector('input[name=login]').value = 'mia';"
        f"document.querySelector('input[name=password]').value = '{PASSWORD}';"
        "document.querySelector('main form button').click();"
    )
    until(page, f"location.pathname === '/' && {READY}")


def allow(page, site) -> None:
    open_page(page, site.url + "/consents/")
    for name in SWITCHES:
        page.run(f"document.querySelector('[role=switch][aria-label=\"{name}\"]').click()")
    page.run("document.querySelector('.stickybar button').click()")
    until(page, f"document.body.innerText.includes('Saved.') && {READY}")


def taken() -> int:
    from telemetry.models import Block

    return Block.objects.count()


def is_sensed(page, in_database) -> None:
    """Return whether the lamp is on and Blocks of this page are stored."""
    until(page, "document.querySelector('.lamp').dataset.state === 'on'")
    before, ends = in_database(taken), time.monotonic() + 20
    while in_database(taken) <= before:
        assert time.monotonic() < ends, "expected Blocks of this page within 20 s"
        time.sleep(0.2)


def answer(page, site, in_database) -> None:
    (code, _), *_ = in_database(lambda: numeric_places("quiz-01"))
    open_page(page, f"{site.url}/units/{site.units['quiz-01'].code}/?question={code}")
    page.run(
        f"document.querySelector('main form input[inputmode]').value = '{WRONG}';"
        "document.querySelector('#answer button.go').click();"
    )
    until(page, "document.body.innerText.includes('Not yet. Try again')")


@pytest.mark.parametrize("opened", sorted(browser_engines.ENGINES), indirect=True)
def test_a_learner_is_sensed_on_every_page_until_she_withdraws(
    opened, site, prepared, worker, in_database
):
    from courses.models import Response

    page = opened
    sign_in(page, site)
    allow(page, site)
    for ref in UNITS:
        open_page(page, f"{site.url}/units/{site.units[ref].code}/")
        is_sensed(page, in_database)
    page.run("history.back()")
    until(page, f"location.pathname.includes('{site.units['quiz-01'].code}') && {READY}")
    is_sensed(page, in_database)
    answer(page, site, in_database)
    assert in_database(Response.objects.count) == 1
    page.run("document.querySelector('[data-lamp-off]').click()")
    until(page, "document.querySelector('.lamp').dataset.state === 'off'")
    until_none_is_left(in_database)
    sign_out(page, site)


def until_none_is_left(in_database) -> None:
    ends = time.monotonic() + 10
    while in_database(taken):
        assert time.monotonic() < ends, "expected no Block 10 s after the withdrawal"
        time.sleep(0.2)
    time.sleep(2)
    assert in_database(taken) == 0


# Unsent rows, as a page leaves them in its outbox.
LEAVE_UNSENT = """
localStorage.setItem('unsent', '1');
window.left = false;
const opening = indexedDB.open('left-unsent', 3);
opening.onupgradeneeded = () => opening.result.createObjectStore('face').put(1, 1);
opening.onsuccess = () => { opening.result.close(); window.left = true; };
"""
# A deleted database starts at version 1 again.
LOOK_FOR_UNSENT = """
window.version = 0;
const opening = indexedDB.open('left-unsent');
opening.onsuccess = () => { window.version = opening.result.version; opening.result.close(); };
"""


def sign_out(page, site) -> None:
    """Sign out; nothing stored in the browser outlasts the session."""
    page.run(LEAVE_UNSENT)
    until(page, "window.left")
    page.run("document.querySelector('form[action=\"/accounts/logout/\"] button').click()")
    until(page, f"location.pathname === '/accounts/login/' && {READY}")
    page.run(LOOK_FOR_UNSENT)
    until(page, "window.version === 1 && localStorage.getItem('unsent') === null")
    page.go(f"{site.url}/units/{site.units['quiz-01'].code}/")
    until(page, "location.pathname === '/accounts/login/'")
