"""A moment to label: lines, deeds, question and page on one time axis, at any width."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from random import Random

import numpy as np
import pytest

from tests.browser.conftest import LOOKS


def fill(site):
    """Draw a task of one moment with a pause, a rewind, a wrong answer and a page of boxes."""
    from courses.answers import responses
    from emotion.streams import stream
    from research.labels import sampling
    from telemetry import events, sittings
    from telemetry.blocks import partitions
    from tests.fixtures.consent import give_consent
    from tests.fixtures.models import estimates
    from tests.fixtures.sockets import recordings
    from tests.fixtures.users import make

    now = datetime.now(UTC)
    partitions.open_days()
    mia, unit = site.people["mia"], site.units["video-01"]
    scopes = [f"{name}:{each}" for name in ("pointer", "layout") for each in ("adapt", "research")]
    give_consent(mia, *scopes, now=now, by=mia)
    began = now - timedelta(minutes=5)
    sitting = sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=began)
    codes = stream("layout").channels[stream("layout").index("kind")].codes
    page = [
        ("card", 0.02, 0.05, 0.6, 0.9), ("video", 0.04, 0.08, 0.56, 0.5),
        ("question", 0.64, 0.05, 0.34, 0.6), ("choice", 0.66, 0.2, 0.3, 0.08),
        ("choice", 0.66, 0.3, 0.3, 0.08), ("button", 0.66, 0.5, 0.12, 0.06),
    ]  # fmt: skip
    boxes = np.zeros((len(page), 10), np.float32)
    for row, (kind, *place) in zip(boxes, page, strict=True):
        row[:6] = (1.0, *place, codes.index(kind))
    rows = {"pointer": recordings.recording()["pointer"], "layout": (boxes[:, 0], boxes)}
    recordings.store(sitting, rows, now=began)
    for t, name, value in ((12.0, "pause", None), (14.5, "seek", -10.0), (21.0, "pause", None)):
        at = began + timedelta(seconds=t)
        events.store(sitting, uuid.uuid4(), t, name, value, None, at)
    question = unit.questions.filter(kind="numeric").first() or unit.questions.first()
    responses.record(
        learner=mia, question=question, given="1000001", sitting=sitting.id, hints_used=0,
        elapsed_ms=9000, draw=None, now=began + timedelta(seconds=24),
    )  # fmt: skip
    estimates.store_estimate(
        sitting, 4, estimates.make_predictor_row("affect", "c"), now, CONFUSION=0.6
    )
    ravi = make("ravi", now=now)
    task = sampling.draw(site.course, ["pointer", "layout"], ravi, rng=Random(1), now=now)
    return task.items.get().id


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_a_moment_renders_and_passes_axe(visit, site, in_database, width, dark):
    from consent.notices import notices

    in_database(lambda: notices.publish(datetime.now(UTC)))
    item = in_database(lambda: fill(site))
    seen = visit(width=width, dark=dark).sign_in("ravi")
    page = seen.go(f"/research/labels/moments/{item}/")
    seen.shot(f"label-moment-{'dark' if dark else 'light'}-{width}")
    assert seen.violations() == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.get_by_role("heading", name="In the course").is_visible()
    assert page.locator("svg.page rect").count() == 6
