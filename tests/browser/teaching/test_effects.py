"""ines reads whether the rules help: an interval, "not known yet", or nothing for real people."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LONG_LOOKS
from tests.fixtures import ab_trials

SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def running(site):
    """R1 has ended and helps, R2 goes on, R3 has real people; a hint has two wordings."""
    from adaptation.rules import versions
    from courses.models import Hint

    now = datetime.now(UTC)
    ab_trials.run_trial(site.course, now, 200, learners=20, lift=0.3, planned=200, simulated=True)
    ab_trials.run_trial(site.course, now, 31, rule="R2", learners=6, simulated=True)
    ab_trials.run_trial(site.course, now, 30, rule="R3", learners=12)
    ines = site.people["ines"]
    versions.choose_version(site.course, "R3", 2, by=ines, share=0.5, enabled=True, now=now)
    hint = Hint.objects.exclude(other_text="").first()
    ab_trials.run_wording_trial(
        hint, now, first=60, other=70, right_first=20, right_other=45, simulated=True
    )
    return site


@pytest.mark.parametrize(("width", "dark"), LONG_LOOKS)
def test_the_intervals_are_readable_wide_and_narrow(running, visit, width, dark):
    seen = visit(width=width, dark=dark).sign_in("ines")
    seen.go(f"/teach/{running.course.slug}/")
    seen.page.get_by_role("link", name="Experiments").click()

    expect(seen.page.get_by_text("It helps: the next try is correct more often")).to_be_visible()
    expect(seen.page.get_by_text("Not known yet.")).to_have_count(2)
    waits = seen.page.get_by_text("Figures for real learners are published once")
    expect(waits.filter(visible=True)).to_have_count(2)
    expect(seen.page.get_by_role("img", name="Effect so far")).to_have_count(2)
    wordings = seen.page.get_by_role("heading", name="Two wordings of one hint")
    expect(wordings.filter(visible=True)).to_have_count(2)
    assert seen.page.evaluate(SIDEWAYS) <= 0
    # Its texts are as large as those of the page, also on a wide one.
    assert seen.page.locator("#effects .plot-wide").bounding_box()["width"] < 760
    assert seen.violations() == []
    seen.shot(f"effects-{'dark' if dark else 'light'}-{width}")
