"""Journey 5: a bored, strong learner is offered a way ahead.

Dismissed twice, its rule then needs stronger evidence.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.browser.journeys.test_stuck_learner_climbs_hints import give
from tests.fixtures.browser.waits import advance_time, numeric_places, offers, wait_until

DWELL_S = 30


def make_strong(site) -> None:
    """Let mia answer everything correctly yesterday, at her own pace."""
    from adaptation import answer_question
    from courses.models import Question

    mia, quiz = site.people["mia"], site.units["quiz-01"]
    at = datetime.now(UTC) - timedelta(days=1)
    skills = [skill.pk for skill in quiz.skills.all()]
    asked = Question.objects.filter(course=site.course, skills__in=skills).exclude(unit=quiz)
    variants = quiz.questions.filter(position=None)
    for number, question in enumerate([*asked.distinct(), *variants]):
        if question.kind == "numeric" and question.parameterised is None:
            answer_question.answer(
                mia, question, question.answer, sitting=None, hints_used=0, elapsed_ms=60_000,
                draw=None, now=at + timedelta(minutes=number), rng=random.Random(1),
            )  # fmt: skip


def feel_strong() -> None:
    """Set the mastery that more such answers would give."""
    from estimates.knowledge import mastery

    mastery.refine_due(now=datetime.now(UTC))


def test_a_bored_strong_learner_may_skip_and_two_refusals_raise_the_threshold(
    worker, visit, site, in_database
):
    in_database(lambda: make_strong(site))
    in_database(feel_strong)
    places = in_database(lambda: numeric_places("quiz-01"))
    mia = visit().sign_in("mia")
    page = mia.page
    for code, answer in places[:2]:
        with page.expect_response("**/api/v1/sittings/"):
            mia.unit("quiz-01", f"?question={code}")
        page.wait_for_timeout(500)
        give(page, answer)
        page.locator("#question [data-next]").wait_for()
    page.get_by_role("button", name="Say more").click()
    page.get_by_role("button", name="Bored").click()
    page.wait_for_timeout(1000 * (DWELL_S - 3))
    assert in_database(offers) == []

    offer = page.locator("section.offer")
    offer.wait_for(state="visible", timeout=30_000)
    assert offer.locator("h2").inner_text() == "Want to skip ahead to a challenge?"
    mia.shot("bored")
    offer.get_by_role("button", name="Later").click()
    expect(offer).to_have_count(0)
    in_database(lambda: advance_time(700))
    offer.wait_for(state="visible", timeout=60_000)
    offer.get_by_role("button", name="Later").click()
    expect(offer).to_have_count(0)
    wait_until(in_database, lambda: offers() == [("R6", "challenge", "later")] * 2, 20)

    mia.go("/journey/")
    wishes = page.locator("#wishes")
    expect(wishes).to_contain_text("“Ready for more” now needs a clearer sign, 5 in 100 more")
    mia.shot("careful")
    assert mia.violations() == []
    noah = visit().sign_in("noah")
    noah.go("/journey/")
    assert noah.page.get_by_text("now needs a clearer sign").count() == 0
    wishes.get_by_role("button", name="Reset to usual").click()
    expect(page.locator("#wishes")).to_contain_text("As each rule describes.")
