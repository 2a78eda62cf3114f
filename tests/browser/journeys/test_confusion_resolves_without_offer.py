"""Journey 4: fifteen seconds of confusion that resolve leave only a line on the journey."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.journeys.test_confusion_brings_offer import prepare
from tests.fixtures.browser.sensed_quiz import answer_wrong
from tests.fixtures.browser.waits import offers

# A little after the answer; then sensing ends.
LAST_S = 88.0


def let_go() -> list[tuple[str, float]]:
    from adaptation.models import LetGo

    return [(row.rule, (row.at - row.armed_at).total_seconds()) for row in LetGo.objects.all()]


def test_resolved_confusion_brings_no_offer_and_a_line_on_the_journey(
    worker, visit, site, in_database
):
    in_database(lambda: prepare(site))
    mia = answer_wrong(visit, in_database, LAST_S)
    page = mia.page
    for _ in range(60):
        page.wait_for_timeout(1000)
        if in_database(let_go):
            break

    [(rule, waited)] = in_database(let_go)
    assert rule == "R2"
    assert waited < 40
    page.wait_for_timeout(10_000)
    assert in_database(offers) == []
    assert page.locator("section.offer").count() == 0
    mia.go("/journey/")
    line = page.locator(".feed li", has_text="A rule was about to act, but the signs passed")
    expect(line).to_contain_text("A part that stays unclear")
    expect(line).to_contain_text("so nothing was suggested")
    mia.shot("let-go")
    assert mia.violations() == []
