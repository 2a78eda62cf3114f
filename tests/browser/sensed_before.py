"""A quiz whose Sitting was sensed for over a minute when its first answer comes, and is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pipeline
from tests import replay
from tests.browser.waiting import numeric_places

ANSWER_AT_S = 78.0


def answer_wrong(visit, in_database, until_s: float):
    """mia's page after the answer; of the recording, what came before `until_s` was sensed."""
    (code, _), *_ = in_database(lambda: numeric_places("quiz-01"))
    mia = visit().sign_in("mia")
    with mia.page.expect_response("**/api/v1/sittings/"):
        mia.unit("quiz-01", f"?question={code}")
    mia.page.wait_for_timeout(500)
    in_database(_begin_long_ago)
    in_database(_sense(until_s))
    mia.page.wait_for_timeout(4_000)
    mia.page.locator("main form input[inputmode]").first.fill("998877")
    mia.page.get_by_role("button", name="Check answer").click()
    return mia


def _begin_long_ago() -> None:
    """The Sitting is older than its page: what was sensed before the answer is there at once."""
    from telemetry.models import Sitting

    now = datetime.now(UTC)
    Sitting.objects.update(began_at=now - timedelta(seconds=ANSWER_AT_S - 4), active_at=now)


def _sense(until_s: float) -> Callable[[], None]:
    def sense() -> None:
        from telemetry import windows
        from telemetry.models import Block, Sitting

        now, sitting = datetime.now(UTC), Sitting.objects.latest("began_at")
        # On a slow machine the page has sent Blocks of its own by now, under the same numbers.
        Block.objects.filter(sitting=sitting.id).delete()
        rows = {
            name: (times[times < until_s], values[times < until_s])
            for name, (times, values) in replay.recording().items()
        }
        replay.store(sitting, rows, now=now)
        for t in (60.0, 100.0):
            windows.fall_due(sitting.id, t, now)
        pipeline.wake()

    return sense
