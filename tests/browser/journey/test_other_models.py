"""The journey with several models: one entry, with the others folded under it, legible."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import LOOKS
from tests.browser.pages.test_learner_pages import SIDEWAYS


@pytest.fixture
def three_models(site):
    """Estimates of three models about mia, made before the browser starts."""
    from consent.notices import notices
    from telemetry import sittings
    from tests.fixtures.consent import give_consent
    from tests.fixtures.models.estimates import make_predictor_row, store_estimate

    now, mia = datetime.now(UTC), site.people["mia"]
    notices.publish(now)
    give_consent(mia, "pointer:adapt", "face:adapt", "heart:adapt", now=now, by=mia)
    sitting = sittings.open(
        mia, site.units["video-04"], scenario="course", page=uuid.uuid4(), now=now
    )
    shown, other = make_predictor_row("affect", "a"), make_predictor_row("foursub", "b")
    levels = make_predictor_row("mvp", "c", hop_s=30.0)
    for cut in range(2, 6):
        store_estimate(sitting, cut, shown, now, CONFUSION=0.6)
        store_estimate(sitting, cut, other, now, streams=("face",), BOREDOM=0.5)
    store_estimate(sitting, 5, levels, now, streams=("face", "heart"), VALENCE=0.3, AROUSAL=0.7)
    store_estimate(
        sitting, 5, make_predictor_row("arousal", "d", origin="people"), now, streams=("heart",)
    )


@pytest.mark.parametrize(("width", "dark"), LOOKS)
@pytest.mark.usefixtures("three_models")
def test_estimates_of_other_models_unfold_under_the_main_one(visit, width, dark):
    seen = visit(width=width, dark=dark).sign_in("mia")
    page = seen.go("/journey/")
    folded = page.locator("summary", has_text="What other models estimated")
    expect(folded).to_have_count(1)
    expect(page.get_by_text("a pleasant feeling")).to_be_hidden()
    folded.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("a pleasant feeling")).to_be_visible()
    seen.shot(f"journey-models-{'dark' if dark else 'light'}-{width}")
    assert page.evaluate(SIDEWAYS) <= 0
    assert seen.violations() == []
