"""Two-party consent in the browser: greta agrees, noah agrees, greta withdraws (I-5, I-7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from accounts.people import make_guardian
from consent.notices import notices
from consent.permits import gate
from tests.fixtures.accounts.second_factor import app_of, with_factor
from tests.fixtures.users import PASSWORD, make

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CAMERA = "Camera, help for me"
YES, NO = "Say yes: Camera, help for them", "Withdraw: Camera, help for them"


@pytest.fixture
def two(site, settings):
    """The rules of China in an unknown country: under 18, a Guardian is asked as well."""
    settings.LEGAL_PROFILE = "cn"
    settings.COUNTRY = None
    now = datetime.now(UTC)
    notices.publish(now)
    greta = site.people["greta"] = make("greta", now=now)
    make_guardian(greta, site.people["noah"], now=now)
    with_factor(greta, now=now - timedelta(hours=1))


def signed_in(seen, site, in_database, name="greta"):
    """Sign a Guardian in with password and authenticator code."""
    seen.go("/accounts/login/")
    seen.page.fill("input[name=login]", name)
    seen.page.fill("input[name=password]", PASSWORD)
    seen.page.click("main button[type=submit], main form button")
    if name == "greta":
        seen.page.wait_for_url(site.url + "/accounts/factor/*")
        code = in_database(lambda: fresh_code(site.people["greta"]))
        seen.page.get_by_role("textbox", name="Code from your authenticator app").fill(code)
        seen.page.click("main form button")
        seen.page.wait_for_url(site.url + "/consents/")
    seen.page.wait_for_load_state()
    return seen.page


def fresh_code(person):
    """Return a current code, as if none had been used in this half minute."""
    from accounts.models import SecondFactor

    SecondFactor.objects.filter(user=person).update(last_step=0)
    return app_of(person).at(datetime.now(UTC))


def allowed(site):
    names = ["face:adapt", "gaze:adapt"]
    return set(gate.permits(site.people["noah"].code, names, now=datetime.now(UTC)).granted)


def test_greta_and_noah_decide_together_and_either_ends_it(two, visit, site, in_database):
    noah, greta = visit().sign_in("noah"), visit()
    signed_in(greta, site, in_database)

    page = noah.go("/consents/")
    page.get_by_role("switch", name=CAMERA, exact=True).click()
    page.get_by_role("button", name="Save my choices").click()
    expect(page.get_by_text("Waiting for greta.")).to_be_visible()
    waiting = page.get_by_role("switch", name=f"{CAMERA}, waiting")
    expect(waiting).to_have_attribute("aria-disabled", "true")
    noah.shot("consents-noah-waiting")
    assert in_database(lambda: allowed(site)) == set()

    expect(greta.page.get_by_role("heading", level=1)).to_be_visible()
    hers = greta.go("/consents/")
    expect(hers.get_by_text("noah agreed to 1 thing")).to_be_visible()
    greta.shot("consents-greta")
    hers.get_by_role("link", name="Read and decide").click()
    greta.shot("consents-ward")
    hers.get_by_role("button", name=YES).click()
    expect(hers.get_by_text("Saved.")).to_be_visible()
    assert in_database(lambda: allowed(site)) == {"face:adapt", "gaze:adapt"}

    page = noah.go("/consents/")
    expect(page.get_by_role("switch", name=CAMERA, exact=True)).to_have_attribute(
        "aria-checked", "true"
    )
    expect(page.get_by_text("You and greta: yes")).to_be_visible()
    noah.shot("consents-noah-both")

    hers.get_by_role("button", name=NO).click()
    expect(hers.get_by_text("Saved.")).to_be_visible()
    assert in_database(lambda: allowed(site)) == set()
    page = noah.go("/consents/")
    expect(page.get_by_text("greta: no, on").first).to_be_visible()
    expect(page.get_by_role("switch", name=CAMERA, exact=True)).to_have_attribute(
        "aria-checked", "false"
    )


def test_withdrawing_is_as_close_and_as_large_as_agreeing(two, visit, site, in_database):
    """One press each, without a confirmation, and the same button size."""
    page = signed_in(visit(), site, in_database)
    page.get_by_role("link", name="Read and decide").click()
    yes = page.get_by_role("button", name=YES)
    before = yes.bounding_box()
    yes.click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    no = page.get_by_role("button", name=NO)
    after = no.bounding_box()
    assert after["width"] >= 0.95 * before["width"]
    assert after["height"] >= 0.95 * before["height"]
    no.click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_role("button", name=YES)).to_be_enabled()


@pytest.mark.parametrize(
    "dark", [pytest.param(False, id="light", marks=pytest.mark.long), pytest.param(True, id="dark")]
)
def test_no_two_party_page_has_a_violation_wide_or_narrow(two, visit, site, in_database, dark):
    from tests.fixtures.consent import give_consent

    noah = site.people["noah"]

    def half():
        give_consent(noah, "face:adapt", "gaze:adapt", now=datetime.now(UTC), by=noah)
        return noah.consent_events.first().act

    act = in_database(half)
    for width in (1280, 360):
        tail = f"{'dark' if dark else 'light'}-{width}"
        for who, paths in (
            ("noah", {"consents": "/consents/", "receipt": f"/consents/receipts/{act}/"}),
            ("greta", {"wards": "/consents/", "ward": f"/consents/wards/{noah.code}/"}),
        ):
            seen = visit(width=width, dark=dark)
            signed_in(seen, site, in_database, who)
            for name, path in paths.items():
                seen.go(path)
                seen.shot(f"two-{who}-{name}-{tail}")
                assert seen.page.evaluate(SIDEWAYS) <= 0, (name, tail)
                assert seen.violations() == [], (name, tail)
