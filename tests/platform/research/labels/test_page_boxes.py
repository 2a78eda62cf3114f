"""The page of a moment as boxes: under the layout's own consent, with no offer and no text."""

from __future__ import annotations

import uuid
from datetime import timedelta
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from django.urls import reverse

from emotion.streams import stream
from emotion.windows import Chunk, make_track
from research.labels import page_boxes, sampling
from telemetry import sittings
from telemetry.blocks import partitions
from tests.fixtures.models import estimates
from tests.fixtures.sockets import recordings

LAYOUT = stream("layout")
KIND = LAYOUT.index("kind")
CODES = LAYOUT.channels[KIND].codes


def make_rows(t, *kinds):
    """Return rows of boxes side by side, of these kinds, all of one time."""
    rows = np.zeros((len(kinds), len(LAYOUT.channels)), np.float32)
    for number, kind in enumerate(kinds):
        rows[number, :6] = (t, number / 20, 0.1, 0.25, 0.1, CODES.index(kind))
    return rows


def make_layout(*rows):
    chunks = [Chunk(float(each[0, 0]), 0.0, each) for each in rows]
    return make_track(LAYOUT, chunks, t0=0, t1=60, backend="simulated")


@pytest.mark.parametrize("seed", range(20))
def test_each_box_but_page_and_offer_is_drawn_inside_the_square(seed):
    rng = np.random.default_rng(seed)
    kinds = rng.choice(CODES, size=rng.integers(1, 30))
    rows = make_rows(10.0, *kinds)
    rows[:, 1:5] = rng.uniform(0, 0.5, (len(kinds), 4))
    drawn = page_boxes.draw_page(make_layout(rows))
    shown = [kind for kind in kinds if kind not in ("page", "offer")]
    assert sorted(box.kind for box in drawn.boxes) == sorted(shown)
    assert sum(number for _, number in drawn.counts) == len(shown)
    areas = [box.width * box.height for box in drawn.boxes]
    assert all(after <= before * 1.01 + 1 for before, after in pairwise(areas))
    for box in drawn.boxes:
        assert 0 <= box.x <= box.x + box.width <= page_boxes.SIZE + 0.2
        assert 0 <= box.y <= box.y + box.height <= page_boxes.SIZE + 0.2


def test_the_newest_layout_is_drawn_and_none_without_one():
    track = make_layout(make_rows(5.0, "card"), make_rows(20.0, "video", "button"))
    assert {box.kind for box in page_boxes.draw_page(track).boxes} == {"video", "button"}
    assert page_boxes.draw_page(None) is None


@pytest.mark.django_db
@pytest.mark.parametrize("streams", [["pointer", "layout"], ["pointer"]])
def test_a_rater_sees_the_page_only_where_task_and_learner_include_it(
    client_for, course, video, predictor, mia, noah, allow, ravi, now, streams
):
    scopes = [f"{name}:{each}" for name in streams for each in ("adapt", "research")]
    allow(mia, *scopes, now=now)
    allow(noah, "pointer:adapt", "pointer:research", "layout:adapt", now=now)
    partitions.open_days()
    for person in (mia, noah):
        began = now - timedelta(minutes=5)
        sitting = sittings.open(person, video, scenario="course", page=uuid.uuid4(), now=began)
        boxes = make_rows(1.0, "page", "question", "choice", "offer")
        rows = {"pointer": recordings.recording()["pointer"]}
        if person == noah or "layout" in streams:
            rows["layout"] = (boxes[:, 0], boxes)
        recordings.store(sitting, rows, now=began)
        estimates.store_estimate(sitting, 4, predictor, now, CONFUSION=0.6)
    task = sampling.draw(course, streams, ravi, rng=Random(1), now=now)
    for item in task.items.all():
        page = client_for(ravi).get(reverse("research:label-item", args=[item.id]))
        assert ('class="choice"' in page.content.decode()) == ("layout" in streams)
        assert 'class="offer"' not in page.content.decode()
    drawn = {item.learner for item in task.items.all()}
    assert drawn == ({mia} if "layout" in streams else {mia, noah})
