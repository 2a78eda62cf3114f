"""Journey 3: a stuck learner is helped step by step: after the dwell, and no more than needed."""

from __future__ import annotations

from datetime import UTC, datetime

from playwright.sync_api import expect

from tests.fixtures.browser.waits import advance_time, numeric_places, offers, wait_until

DWELL_S = 20


def give(page, text) -> None:
    page.locator("main form input[inputmode]").first.fill(text)
    with page.expect_response(lambda reply: reply.request.method == "POST"):
        page.get_by_role("button", name="Check answer").click()
    page.locator("#question .fb, #question [data-next]").first.wait_for()


def open_next_rung(page, number: int) -> None:
    """Open the next hint, which is locked for eight seconds and says so."""
    button = page.locator("[data-hint-next]")
    expect(button).to_have_attribute("aria-disabled", "true")
    expect(button).not_to_have_attribute("aria-disabled", "true", timeout=10_000)
    button.click()
    expect(page.locator(".ladder .hint-text")).to_have_count(number)


def test_a_stuck_learner_is_offered_hints_up_to_the_worked_step(worker, visit, in_database):
    (code, answer), (following, _) = in_database(lambda: numeric_places("quiz-01"))[:2]
    mia = visit().sign_in("mia")
    page = mia.page
    with page.expect_response("**/api/v1/sittings/"):
        mia.unit("quiz-01", f"?question={code}")
    page.wait_for_timeout(500)
    give(page, "998877")
    give(page, "998876")
    page.get_by_role("button", name="Say more").click()
    page.get_by_role("button", name="Confused").click()
    page.wait_for_timeout(1000 * (DWELL_S - 2))
    assert in_database(offers) == []

    offer = page.locator("section.offer")
    offer.wait_for(state="visible", timeout=30_000)
    page.get_by_role("button", name="Why this?").click()
    told = offer.inner_text()
    done, said = told.index("Two answers to this question were not correct"), told.index("confused")
    assert done < said
    assert "Rule “A part that stays unclear”, version 4" in told
    assert "It waits 20 seconds" in told
    assert "never used" in told
    mia.shot("ladder-why")

    offer.get_by_role("button", name="Later").click()
    expect(page.locator(".toast", has_text="OK, later.")).to_be_visible()
    page.wait_for_timeout(25_000)
    assert [outcome for _, _, outcome in in_database(offers)] == ["later"]

    in_database(lambda: advance_time(200))
    offer.wait_for(state="visible", timeout=45_000)
    offer.get_by_role("button", name="Show a hint").click()
    expect(page.locator(".ladder .hint-text")).to_have_count(1)
    open_next_rung(page, 2)
    open_next_rung(page, 3)
    expect(page.locator(".ladder")).to_contain_text("Worked step")
    mia.shot("ladder-worked")

    wait_until(in_database, lambda: "easier" in kinds_open(code), 20)
    before = page.locator("#mastery .mast .v").first.inner_text()
    give(page, answer)
    page.locator("#question [data-next]").wait_for()
    mia.until(f"document.querySelector('#mastery .mast .v').textContent !== {before!r}", seconds=20)
    mia.unit("quiz-01", f"?question={following}")
    assert page.locator(".ladder .hint-text").count() == 0
    assert page.get_by_role("button", name="Show a hint").count() == 1
    assert "easier" not in in_database(lambda: kinds_open(following))
    assert mia.violations() == []


def kinds_open(code: str) -> list[str]:
    """Return the kinds of help that may be offered at that question.

    Heavier kinds follow lighter ones, and lighter ones follow a correct answer.
    """
    from adaptation.models import Intervention
    from adaptation.offers import escalation
    from courses.models import Question

    question = Question.objects.get(code=code)
    learner = Intervention.objects.latest("decided_at").learner
    have = ["hint", "worked_step", "easier"]
    found = escalation.find_open_help(
        learner, question, have, spinning=False, now=datetime.now(UTC)
    )
    return list(found.kinds)
