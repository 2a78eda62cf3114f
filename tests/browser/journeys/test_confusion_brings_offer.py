"""Story (c): replayed rows and one wrong answer, R1 off; the Predictor decides, and is named."""

from __future__ import annotations

from datetime import UTC, datetime

import pipeline
from tests.browser.journeys.test_help_without_sensing import numeric_place
from tests.browser.journeys.test_hint_and_correction_reach_teacher import allow
from tests.fixtures.sockets import recordings

ANSWER_AT_S = 78.0
PRIOR = "theory prior, learned from simulated learners"


def prepare(site) -> None:
    from adaptation.rules import active_rules
    from consent.notices import notices
    from telemetry.blocks import partitions
    from tests.fixtures.models.estimates import register_shipped

    now = datetime.now(UTC)
    partitions.open_days()
    notices.publish(now)
    register_shipped("prior", now=now)
    active_rules.switch_rule(site.course, "R1", enabled=False, by=site.people["ines"], now=now)
    allow(site.people["mia"], now)


def replay_into_open_sitting() -> float:
    """Send the recording as Blocks of the page's own Sitting.

    Return the Sitting's age in seconds.
    """
    from telemetry import windows
    from telemetry.models import Sitting

    now = datetime.now(UTC)
    sitting = Sitting.objects.latest("began_at")
    recordings.store(sitting, recordings.recording(), now=now)
    for t in (0.0, 60.0):
        windows.fall_due(sitting.id, t, now)
    pipeline.wake()
    return (now - sitting.began_at).total_seconds()


def predictor_and_offers() -> tuple[str, list]:
    from adaptation.models import Intervention
    from estimates.registry import predictors

    rows = Intervention.objects.values_list("rule", "kind", "delivered")
    return predictors.find_active("affect").digest, list(rows)


def test_lasting_confusion_with_a_wrong_answer_brings_an_offer_naming_the_predictor(
    worker, visit, site, in_database
):
    in_database(lambda: prepare(site))
    mia = visit().sign_in("mia")
    page = mia.page
    with page.expect_response("**/api/v1/sittings/"):
        mia.unit("quiz-01", f"?question={in_database(numeric_place)}")
    page.wait_for_timeout(500)
    age = in_database(replay_into_open_sitting)
    page.wait_for_timeout(1000 * (ANSWER_AT_S - age))
    assert page.locator("section.offer").count() == 0

    page.locator("main form input[inputmode]").first.fill("998877")
    page.get_by_role("button", name="Check answer").click()
    offer = page.locator("section.offer")
    offer.wait_for(state="visible", timeout=60_000)
    page.get_by_role("button", name="Why this?").click()

    digest, offers = in_database(predictor_and_offers)
    assert [rule for rule, _, _ in offers] == ["R2"]
    told = offer.inner_text()
    assert "One answer to this question was not correct." in told
    assert "A pattern that often goes with confusion" in told
    assert f"{PRIOR} ({digest})" in told
    mia.shot("offer-r2")
