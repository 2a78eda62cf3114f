"""Journey 4: fifteen seconds of confusion that resolve bring nothing but a line on the journey."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

import pipeline
from tests import replay
from tests.browser.test_story_model import prepare
from tests.browser.waiting import numeric_places, offers

ANSWER_AT_S, LAST_S = 78.0, 88.0


def begin_long_ago() -> None:
    """The Sitting is older than its page: what was sensed before the answer is there at once."""
    from telemetry.models import Sitting

    now = datetime.now(UTC)
    Sitting.objects.update(began_at=now - timedelta(seconds=ANSWER_AT_S - 4), active_at=now)


def replay_until_it_passes() -> None:
    """The recording up to a little after the answer; then nothing is sensed any more."""
    from telemetry import windows
    from telemetry.models import Sitting

    now = datetime.now(UTC)
    sitting = Sitting.objects.latest("began_at")
    rows = {
        name: (times[times < LAST_S], values[times < LAST_S])
        for name, (times, values) in replay.recording().items()
    }
    replay.store(sitting, rows, now=now)
    for t in (60.0, 100.0):
        windows.fall_due(sitting.id, t, now)
    pipeline.wake()


def let_go() -> list[tuple[str, float]]:
    from adaptation.models import LetGo

    return [(row.rule, (row.at - row.armed_at).total_seconds()) for row in LetGo.objects.all()]


def test_confusion_that_resolves_is_left_alone_and_the_journey_says_so(
    worker, visit, site, in_database
):
    in_database(lambda: prepare(site))
    (code, _), *_ = in_database(lambda: numeric_places("quiz-01"))
    mia = visit().sign_in("mia")
    page = mia.page
    with page.expect_response("**/api/v1/sittings/"):
        mia.unit("quiz-01", f"?question={code}")
    page.wait_for_timeout(500)
    in_database(begin_long_ago)
    in_database(replay_until_it_passes)
    page.wait_for_timeout(4_000)
    page.locator("main form input[inputmode]").first.fill("998877")
    page.get_by_role("button", name="Check answer").click()
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
    line = page.locator(".feed li", has_text="A rule began to wait and let go")
    expect(line).to_contain_text("A part that stays unclear")
    expect(line).to_contain_text("so nothing was offered")
    mia.shot("let-go")
    assert mia.violations() == []
