"""Journey 9: ines builds a rule, replays recent days, caps it and randomises it.

Learners meet it. The effects page first says that nothing is known yet, then gives an interval.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.fixtures.browser.rule_studio import in_force

AT_ONCE = 12
HELPED, ALONE = 0.9, 0.3


def choose(page, slot, value) -> None:
    """Make a choice in the sentence, which is checked and rendered again after each choice."""
    page.select_option(f"#slot-{slot}", value)
    chosen = f"#slot-{slot} >> css=option[value='{value}'][selected]"
    page.wait_for_selector(chosen, state="attached")


def replayed(page) -> int:
    """Return how many offers the draft would have made."""
    page.click("#re-go")
    page.wait_for_selector("#re-cancel")
    page.wait_for_selector(".figure .big", timeout=30_000)
    return int(page.inner_text(".figure .big"))


def more_learners(site, rng, now) -> None:
    """Let learners come, get stuck, be randomly offered a hint, and try again."""
    from courses.models import Question
    from tests.fixtures import stuck_learners

    question = Question.objects.filter(unit__ref="quiz-01", kind="numeric", position=1).get()
    learners = stuck_learners.make_learners(site.course, AT_ONCE, now=now)
    stuck_learners.get_stuck(learners, question, now=now, rng=rng, helped=HELPED, alone=ALONE)


def decisions() -> set[tuple]:
    """Return rule, version, probability and random outcome of each decision."""
    from adaptation.models import Intervention

    rows = Intervention.objects.all()
    return set(rows.values_list("rule", "version", "probability", "delivered"))


def range_in_points() -> tuple[float, float]:
    """Return the interval of the whole trial, in points."""
    from adaptation.effects import proximal_outcome
    from adaptation.models import Trial

    right = proximal_outcome.estimate_effects(
        proximal_outcome.load_measured(Trial.objects.get(), simulated=True)
    ).right
    return 100 * right.low, 100 * right.high


@pytest.mark.usefixtures("worker")
def test_a_rule_is_built_randomised_and_its_effect_estimated(studio, site, in_database):
    seen = studio()
    page = seen.page
    page.evaluate("window.notReloaded = true")
    choose(page, "signal-0-0", "wrong_streak")
    choose(page, "dwell", "10")
    before = replayed(page)
    assert before > 4
    assert page.locator(".chart rect.right, .chart rect.wrong, .chart rect.none").count() >= 5
    seen.shot("story-studio-replay")

    choose(page, "cap", "1")
    choose(page, "per", "86400")
    assert 0 < replayed(page) < before
    page.click("button[value=save]")
    page.wait_for_selector("#versions")
    assert page.url.endswith("/rules/C1/?before=")
    assert in_force(site, in_database, "C1") is None

    page.click("button[value=half]")
    page.wait_for_selector("text=version 2 is on, in 5 of 10 cases, at random")
    assert in_force(site, in_database, "C1") == (2, 0.5, 10, 1)
    assert page.evaluate("window.notReloaded") is True

    effects = f"/teach/{site.course.slug}/effects/"
    rng, now = random.Random(5), datetime.now(UTC)
    seen.go(effects)
    expect(
        page.get_by_text("No figures for real learners are shown for this rule.")
    ).to_be_visible()
    in_database(lambda: more_learners(site, rng, now))
    assert in_database(decisions) == {("C1", 2, 0.5, True), ("C1", 2, 0.5, False)}
    seen.go(effects)
    expect(page.get_by_text("Not known yet. 12 decisions so far.")).to_be_visible()
    expect(page.get_by_text("An interval is shown once there are enough")).to_be_visible()
    expect(page.get_by_text("simulated", exact=True)).to_be_visible()
    seen.shot("story-studio-not-known")

    for _ in range(3):
        in_database(lambda: more_learners(site, rng, now))
    seen.go(effects)
    low, high = in_database(range_in_points)
    assert low < 100 * (HELPED - ALONE) < high
    expect(page.get_by_text("Not known yet. 48 decisions so far.")).to_be_visible()
    told = page.get_by_role("img", name="Effect so far").get_attribute("aria-label")
    assert told == f"Effect so far: {low:+.0f} to {high:+.0f} percentage points"
    expect(page.get_by_text("n = 48 decisions, 48 learners")).to_be_visible()
    assert seen.violations() == []
    seen.shot("story-studio-range")
