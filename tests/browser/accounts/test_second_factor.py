"""Two-step verification: set-up, sign-in and the list of own sessions, in a real browser."""

from __future__ import annotations

import pyotp
import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.fixtures.accounts.second_factor import with_factor
from tests.fixtures.users import PASSWORD, make

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def looked(site):
    """`looked(seen, name, tail)` asserts that the page has no violation and does not scroll
    sideways."""

    def look(seen, name, tail):
        seen.page.wait_for_selector("html[data-ready]", state="attached")
        seen.shot(f"accounts-{name}-{tail}")
        assert seen.page.evaluate(SIDEWAYS) <= 0, (name, tail)
        assert seen.violations() == [], (name, tail)

    return look


def press(page, name):
    page.get_by_role("button", name=name).click()


@pytest.mark.parametrize(("dark", "width"), [(False, 1280), (True, 360)], ids=["light", "dark"])
def test_the_second_step_from_beginning_to_end(visit, site, looked, dark, width):
    seen = visit(width=width, dark=dark).log_in("mia")
    page, tail = seen.page, f"{'dark' if dark else 'light'}-{width}"
    page.locator("summary.who").click()
    page.get_by_role("link", name="Sign-in and security").click()
    looked(seen, "security", tail)
    page.get_by_role("link", name="Turn on two-step verification").click()
    looked(seen, "factor-begin", tail)
    press(page, "Show me the key")
    looked(seen, "factor-add", tail)
    app = pyotp.TOTP(page.locator(".key-text").inner_text().replace(" ", ""))
    page.get_by_label("Code from your authenticator app").fill("000000")
    press(page, "Turn on two-step verification")
    expect(page.get_by_role("alert")).to_contain_text("Wait for the next one")
    looked(seen, "factor-add-wrong", tail)
    page.get_by_label("Code from your authenticator app").fill(app.now())
    page.keyboard.press("Enter")
    expect(page.locator(".codes li")).to_have_count(10)
    looked(seen, "recovery-codes", tail)
    recovery = page.locator(".codes code").first.inner_text()
    page.get_by_role("link", name="continue").click()
    expect(page.get_by_text("10 recovery codes left")).to_be_visible()
    looked(seen, "security-on", tail)
    seen.go("/accounts/password/")
    looked(seen, "password", tail)
    seen.go("/accounts/confirm/?next=/my-data/")
    looked(seen, "confirm", tail)
    page.locator("summary.who").click()
    press(page, "Sign out")
    page.fill("input[name=login]", "mia")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Code from your authenticator app")).to_be_focused()
    looked(seen, "factor", tail)
    page.get_by_text("Without your phone").click()
    page.get_by_label("Recovery code").fill(recovery)
    looked(seen, "factor-recovery", tail)
    page.keyboard.press("Enter")
    page.wait_for_url(site.url + "/")
    # The browser reports the 401 of the wrong code.
    seen.complaints[:] = [text for text in seen.complaints if "401" not in text]


@pytest.fixture
def steward(site):
    now = timezone.now()
    site.people["amir"] = make("amir", now=now)
    with_factor(site.people["ines"], now=now)


def test_a_steward_confirms_and_removes_a_lost_second_step(
    steward, visit, site, in_database, looked
):
    from accounts.models import SecondFactor, Session

    seen, tail = visit(width=360), "light-360"
    page, path = seen.page, f"/steward/people/{site.people['ines'].code}/"
    seen.go(f"/accounts/login/?next={path}")
    page.fill("input[name=login]", "amir")
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Turn it off").click()
    looked(seen, "lost-factor", tail)
    in_database(lambda: Session.objects.update(confirmed_at=None))
    press(page, "Turn it off")
    looked(seen, "confirm-first", tail)
    page.get_by_role("link", name="Confirm it’s me").click()
    looked(seen, "confirm-password", tail)
    page.get_by_label("Your password").fill(PASSWORD)
    press(page, "Continue")
    expect(page).to_have_url(f"{site.url}{path}factor/")
    press(page, "Turn it off")
    expect(page).to_have_url(site.url + path)
    assert in_database(SecondFactor.objects.count) == 0
    seen.complaints[:] = [text for text in seen.complaints if "403" not in text]
