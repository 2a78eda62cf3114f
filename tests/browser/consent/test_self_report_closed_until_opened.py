"""Under `uk_child` the report buttons and their keys are off until the Learner opens them."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.fixtures.browser.waits import wait_until

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def reports() -> int:
    from estimates.models import SelfReport

    return SelfReport.objects.count()


def test_no_report_is_possible_before_opening_the_buttons(visit, site, settings, in_database):
    settings.LEGAL_PROFILE = "uk_child"
    seen = visit(width=360).sign_in("mia")
    with seen.page.expect_response("**/api/v1/sittings/"):
        page = seen.unit("reading-04")
    page.wait_for_timeout(500)
    stuck = page.get_by_role("button", name="m stuck")
    expect(stuck).to_have_count(0)
    page.keyboard.press("s")
    page.wait_for_timeout(700)
    assert in_database(reports) == 0
    assert seen.violations() == []
    seen.shot("asks-first-closed")

    page.get_by_text("Say how it is going").click()
    expect(stuck).to_be_visible()
    assert seen.page.evaluate(SIDEWAYS) <= 0
    assert seen.violations() == []
    seen.shot("asks-first-open")
    page.keyboard.press("s")
    expect(stuck).to_have_attribute("aria-pressed", "true")
    wait_until(in_database, lambda: reports() == 1, 20)
