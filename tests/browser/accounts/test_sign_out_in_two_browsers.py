"""One user in two browsers.

Ending the sessions in one browser closes the sockets of the other within a second. Nothing is
stored afterwards. The other page keeps the typed text and goes on after signing in again. With a
second factor, the password alone confirms nothing.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.accounts.test_session_expiry import GONE, sign_in_again
from tests.browser.conftest import Visit
from tests.browser.consent.test_withdrawal import move, numeric_place, prepare, switch_on
from tests.fixtures.accounts.second_factor import app_of, with_factor
from tests.fixtures.users import PASSWORD

NEW_PASSWORD = "a staple in it"
TYPED = "73918"
# The time each socket of a Sitting closed, by the same clock as the test's.
SPY = """
    window.closings = [];
    window.WebSocket = class extends WebSocket {
        constructor(...how) {
            super(...how);
            this.addEventListener('close', ({code}) => closings.push([code, Date.now()]));
        }
    };
"""


def stored() -> int:
    from telemetry.models import Block

    return Block.objects.count()


def sense(seen, in_database) -> None:
    """Move mia's pointer until more of it is stored than before."""
    before, ends = in_database(stored), time.monotonic() + 30
    while in_database(stored) <= before:
        assert time.monotonic() < ends, "expected a Block within 30 s"
        move(seen.page)


def ended_here(first, other, in_database, act) -> None:
    """Press a button that ends all other sessions; the other browser notices within a second."""
    before = len(other.page.evaluate("closings"))
    pressed = time.time()
    act(first.page)
    other.until(f"closings.length > {before}", 5)
    code, closed_ms = other.page.evaluate("closings.at(-1)")
    assert code == 4401
    assert closed_ms / 1000 - pressed <= 1
    left = in_database(stored)
    move(other.page, 1.5)
    assert in_database(stored) == left


def come_back(page, password: str = PASSWORD) -> None:
    sign_in_again(page, "mia", password)
    expect(page.get_by_role("dialog", name=GONE)).to_have_count(0)


@pytest.fixture
def other(browser, chromium, site):
    """A second Chromium, in addition to the one of `visit`."""
    with chromium() as running:
        page = running.new_page()
        page.add_init_script(SPY)
        yield Visit(page, site, []).listen()


def end_others(page) -> None:
    page.get_by_role("button", name="Sign out everywhere else").click()


def new_password(page) -> None:
    page.get_by_role("button", name="Change password").click()


def hold_a_factor_unconfirmed(mia) -> None:
    """Set the state of an hour after a sign-in with a second factor."""
    from accounts.models import Session

    now = datetime.now(UTC)
    with_factor(mia, now=now - timedelta(hours=1))
    Session.objects.filter(user=mia).update(factor_at=now, confirmed_at=now - timedelta(hours=1))


def assert_a_password_confirms_nothing(seen, mia, in_database) -> None:
    page = seen.page
    in_database(lambda: hold_a_factor_unconfirmed(mia))
    for address in ("/accounts/password/", "/accounts/factor/add/"):
        seen.go(address)
        expect(page.get_by_role("heading", name="Confirm it’s you")).to_be_visible()
        assert page.locator("input[type=password]").count() == 0
    page.get_by_label("Code from your authenticator app").fill(NEW_PASSWORD)
    # The page before the answer has the same heading.
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Confirm it’s you")).to_be_visible()
    seen.go("/accounts/tokens/")
    assert page.get_by_role("button", name="Create token").count() == 0
    seen.go("/accounts/confirm/?next=/accounts/tokens/")
    page.get_by_label("Code from your authenticator app").fill(
        in_database(lambda: app_of(mia).now())
    )
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Create token")).to_be_visible()


@pytest.mark.timed
def test_ending_sessions_in_one_browser_ends_sensing_in_the_other(visit, other, site, in_database):
    mia = site.people["mia"]
    in_database(prepare)
    in_database(lambda: switch_on(mia))
    place = in_database(numeric_place)
    first = visit().sign_in("mia")
    other.sign_in("mia").unit("quiz-01", f"?question={place}")
    field = other.page.locator("main form input[inputmode]").first
    field.fill(TYPED)
    sense(other, in_database)

    first.go("/accounts/security/")
    ended_here(first, other, in_database, end_others)
    come_back(other.page)
    expect(field).to_have_value(TYPED)
    sense(other, in_database)

    first.go("/accounts/password/")
    for label, text in zip(
        first.page.locator("input[type=password]").all(),
        (PASSWORD, NEW_PASSWORD, NEW_PASSWORD),
        strict=True,
    ):
        label.fill(text)
    ended_here(first, other, in_database, new_password)
    come_back(other.page, NEW_PASSWORD)
    expect(field).to_have_value(TYPED)
    sense(other, in_database)

    assert_a_password_confirms_nothing(first, mia, in_database)
    # The browser reports each 401: of the ended sessions and of the wrong code.
    for seen in (first, other):
        seen.complaints[:] = [each for each in seen.complaints if "401" not in each]
    assert other.complaints == []
