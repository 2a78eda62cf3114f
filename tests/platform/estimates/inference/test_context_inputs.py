"""A Window's context: the film's segment on screen, and deeds, under the course's Permit alone."""

from __future__ import annotations

import uuid
from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from consent.permits import gate
from courses.models.video_semantics import VideoSemantics
from emotion.features import course, semantics
from emotion.features.window import CONTEXT, window_features
from emotion.windows import Window as Cut
from estimates.inference.context_inputs import ContextRequest, load_context_each
from telemetry import sittings
from telemetry.models import Event
from tests.fixtures import factories

pytestmark = pytest.mark.django_db
WIDTH = len(semantics.NAMES)
SEGMENTS = 10


@pytest.fixture
def sitting(mia, now):
    unit = factories.make_video_unit()
    factories.make_enrolment(mia, unit.course)
    return sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)


def store_segments(unit, encoder="encoder 1"):
    """Store vectors whose every value is the number of the segment."""
    rows = np.repeat(np.arange(SEGMENTS, dtype="<f4")[:, None], WIDTH, axis=1)
    split = semantics.DIMENSIONS
    return VideoSemantics.objects.create(
        video=unit.video,
        kind="segment",
        source="s",
        segments=SEGMENTS,
        texts=["text"] * SEGMENTS,
        encoder=encoder,
        vectors=np.ascontiguousarray(rows[:, :split]).tobytes(),
        measures=np.ascontiguousarray(rows[:, split:]).tobytes(),
        changed_at=timezone.now(),
    )


def happen(sitting, now, *events):
    for t, name, value in events:
        Event.objects.create(
            id=uuid.uuid4(),
            sitting=sitting,
            at=now + timedelta(seconds=t),
            t=t,
            name=name,
            value=value,
        )


def load(sitting, now, t0=10.0, t1=20.0, names=CONTEXT, scopes=("course",)):
    permits = gate.permits(sitting.learner.code, scopes, now=now).granted
    (found,) = load_context_each([ContextRequest(sitting, permits, t0, t1)], names)
    return found


def segments_seen(found):
    """Return by second the segment in a Window's features."""
    window = Cut(10.0, 20.0, context=found)
    return window_features(window)["semantics"].values[:, 0].tolist()


def test_the_segment_on_screen_is_an_input(sitting, now):
    store_segments(sitting.unit)
    happen(sitting, now, (2.0, "play", 45.0))
    found = load(sitting, now)["semantics"]
    # At 10 s of the Sitting the film is at 53 s, in segment 5; at 17 s it is at 60 s, in segment 6.
    assert found.times.tolist() == [10.0, 17.0]
    assert found.values[:, 0].tolist() == [5.0, 6.0]
    assert found.backend == "encoder 1"
    assert segments_seen({"semantics": found}) == [5.0] * 7 + [6.0] * 3


def test_rate_pause_and_seek_move_the_segment(sitting, now):
    store_segments(sitting.unit)
    happen(
        sitting,
        now,
        (0.0, "play", 0.0),
        (1.0, "rate", 2.0),
        (12.0, "seek", 50.0),
        (15.0, "pause", 79.0),
    )
    found = load(sitting, now)["semantics"]
    # 1 + 2 x 9.5 = 20 s into the film at 10.5 s; 74 s and more from 12 s on; still at 79 s.
    assert segments_seen({"semantics": found}) == [2.0] * 2 + [7.0] * 8


def test_before_the_film_was_started_there_is_no_segment(sitting, now):
    store_segments(sitting.unit)
    happen(sitting, now, (15.0, "play", 0.0))
    assert load(sitting, now)["semantics"].times.tolist() == [15.0]
    assert "semantics" not in load(sitting, now, 0.0, 10.0)


def test_a_film_that_is_not_encoded_has_no_semantics(sitting, now):
    store_segments(sitting.unit, encoder="")
    happen(sitting, now, (2.0, "play", 45.0))
    assert "semantics" not in load(sitting, now)


def test_deeds_are_read_up_to_the_end_of_the_window(sitting, now):
    happen(sitting, now, (3.0, "seek", -10.0), (12.5, "seek", 5.0), (16.0, "hint", None))
    happen(sitting, now, (21.0, "seek", -3.0))
    found = load(sitting, now)["course"]
    rewinds = found.values[:, course.CHANNELS.index("log_rewinds")]
    hints = found.values[:, course.CHANNELS.index("log_hints")]
    np.testing.assert_allclose(rewinds, np.log1p(1.0), rtol=1e-6)
    np.testing.assert_allclose(hints, np.log1p([*[0] * 6, *[1] * 4]), rtol=1e-6)


def test_without_a_permit_for_the_course_nothing_is_read(sitting, now, django_assert_num_queries):
    happen(sitting, now, (3.0, "seek", -10.0))
    request = ContextRequest(sitting, {}, 10.0, 20.0)
    with django_assert_num_queries(0):
        assert load_context_each([request], CONTEXT) == [{}]


def test_another_persons_permit_reads_nothing(sitting, noah, now):
    permits = gate.permits(noah.code, ["course"], now=now).granted
    assert load_context_each([ContextRequest(sitting, permits, 10.0, 20.0)], CONTEXT) == [{}]


def test_many_windows_take_as_many_queries_as_one(sitting, now, django_assert_num_queries):
    store_segments(sitting.unit)
    happen(sitting, now, (2.0, "play", 45.0))
    permits = gate.permits(sitting.learner.code, ["course"], now=now).granted
    many = [ContextRequest(sitting, permits, 5.0 * n, 5.0 * n + 10) for n in range(12)]
    with django_assert_num_queries(3):
        found = load_context_each(many, CONTEXT)
    assert all("course" in each for each in found)
    assert sum("semantics" in each for each in found) == 12


def test_an_exam_is_no_scenario(sitting, now):
    sitting.scenario = "graded"
    found = load(sitting, now)["course"]
    columns = [course.CHANNELS.index(f"in_{name}") for name in course.SCENARIOS]
    assert not found.values[:, columns].any()
