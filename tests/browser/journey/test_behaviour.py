"""The journey's line about one session: unfolded by keyboard, disputed and restored, legible."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOOKS
from tests.browser.pages.test_learner_pages import SIDEWAYS

LINE = "Mostly trying hard. On task once. Away 2 times."


@pytest.fixture
def tried(site):
    """A session of mia with trying, twice away and an unsure step, made before the browser."""
    from consent.notices import notices
    from telemetry import sittings
    from tests.fixtures.consent import give_consent
    from tests.fixtures.models.behaviour import store_step
    from tests.fixtures.models.estimates import make_predictor_row

    now, mia = datetime.now(UTC), site.people["mia"]
    notices.publish(now)
    give_consent(mia, "pointer:adapt", "activity:adapt", now=now, by=mia)
    sitting = sittings.open(
        mia, site.units["video-04"], scenario="course", page=uuid.uuid4(), now=now
    )
    model = make_predictor_row("behaviour", "b", hop_s=10.0)
    states = ["struggling"] * 12 + ["disengaged", "", "struggling", "disengaged", "focused"]
    for n, state in enumerate(states):
        store_step(sitting, 2 * n + 1, model, now, state=state, streams=("pointer", "activity"))


@pytest.mark.parametrize(("width", "dark"), LOOKS)
@pytest.mark.usefixtures("tried")
def test_the_line_can_be_questioned_disputed_and_restored(visit, width, dark):
    seen = visit(width=width, dark=dark).sign_in("mia")
    page = seen.go("/journey/")
    line = page.locator(".feed > li", has_text="Mostly trying hard.")
    expect(line).to_contain_text(LINE)
    expect(line.get_by_role("button", name="That’s not right")).to_be_hidden()

    line.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(line.get_by_text("It has never been checked on people.")).to_be_visible()
    expect(line.get_by_role("row", name="Trying hard 2 minutes")).to_be_visible()
    seen.shot(f"journey-behaviour-{'dark' if dark else 'light'}-{width}")
    assert page.evaluate(SIDEWAYS) <= 0
    assert seen.violations() == []

    line.get_by_role("button", name="That’s not right").click()
    said = page.locator(
        ".feed > li", has_text="You said that the estimate of this session is wrong."
    )
    expect(said).to_contain_text("The estimate no longer counts anywhere.")
    expect(page.get_by_text("Mostly trying hard.")).to_have_count(0)

    said.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Mostly trying hard.")).to_be_visible()
