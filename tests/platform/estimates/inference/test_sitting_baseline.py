"""A baseline is computed once per Stream, stored sealed, and deleted with its scope."""

from __future__ import annotations

import uuid
from datetime import timedelta

import numpy as np
import pytest

from consent.permits import gate
from emotion.windows import Window as Cut
from estimates.inference import sitting_baseline
from estimates.models import Opening, Predictor
from estimates.registry.predictors import LoadedPredictor
from privacy import recent_deletion
from privacy.erasure import erasure
from telemetry import sittings
from telemetry.blocks import partitions
from telemetry.models import Block
from tests.fixtures import factories
from tests.fixtures.sockets import recordings

pytestmark = pytest.mark.django_db
STREAMS = ("pointer", "face")
SCOPES = [f"{name}:adapt" for name in STREAMS]
LONG = timedelta(seconds=100)


class Means:
    """A model whose baseline is each channel's mean, and one unknown value."""

    streams, opening_s = STREAMS, 30.0
    context, reach_s = (), {}

    def __init__(self):
        self.asked = []

    def opening(self, window: Cut):
        self.asked.append(sorted(window.streams))
        return {
            name: np.append(track.values.mean(axis=0), np.nan).astype(np.float32)
            for name, track in window.streams.items()
        }


@pytest.fixture
def by():
    row = Predictor.objects.create(
        name="prior", digest="0" * 12, kind="affect", origin="simulated", card={}, active=True
    )
    return LoadedPredictor(row, Means())


@pytest.fixture
def sitting(mia, allow, now):
    partitions.open_days()
    allow(mia, *SCOPES)
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    opened = sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)
    rows = {
        name: (times[times < 40], values[times < 40])
        for name, (times, values) in recordings.recording().items()
        if name in STREAMS
    }
    recordings.store(opened, rows, now=opened.began_at)
    return opened


def of(by, sitting, after=LONG):
    now = sitting.began_at + after
    granted = gate.permits(sitting.learner.code, SCOPES, now=now).granted
    (found,) = sitting_baseline.get_baseline_each(by, [(sitting, granted)], now=now)
    return found


def test_it_is_computed_once_and_read_back_exactly(by, sitting):
    first, second = of(by, sitting), of(by, sitting)

    assert by.learned.asked == [["face", "pointer"]]
    assert set(first) == set(second) == set(STREAMS)
    assert np.isnan(first["face"][-1])
    for name in STREAMS:
        np.testing.assert_array_equal(first[name], second[name])
        assert second[name].dtype == np.float32


def test_it_is_provisional_while_a_late_block_may_arrive(by, sitting):
    first = of(by, sitting, timedelta(seconds=31))
    second = of(by, sitting, timedelta(seconds=89))
    assert len(by.learned.asked) == 1
    np.testing.assert_array_equal(first["face"], second["face"])


def test_it_includes_late_blocks_once_no_more_can_arrive(by, sitting):
    of_face = Block.objects.filter(sitting=sitting.id, stream="face", t0__gte=15.0)
    late = list(of_face)
    of_face.delete()
    early = of(by, sitting, timedelta(seconds=31))
    Block.objects.bulk_create(late)

    settled = of(by, sitting, timedelta(seconds=90))

    assert len(by.learned.asked) == 2
    assert not np.array_equal(early["face"], settled["face"], equal_nan=True)
    of(by, sitting)
    assert len(by.learned.asked) == 2
    assert Opening.objects.count() == 2


def test_many_are_computed_together(by, sitting):
    granted = gate.permits(sitting.learner.code, SCOPES, now=sitting.began_at).granted
    for after in (31, 60, 90, 95):
        now = sitting.began_at + timedelta(seconds=after)
        sitting_baseline.get_baseline_each(by, [(sitting, granted)], now=now)
    assert len(by.learned.asked) == 2
    assert Opening.objects.count() == 2


def test_a_stream_without_a_baseline_is_read_once(by, sitting, monkeypatch):
    computed = by.learned.opening
    monkeypatch.setattr(
        by.learned, "opening", lambda window: {"face": computed(window)["face"]}, raising=False
    )

    assert [set(of(by, sitting)), set(of(by, sitting))] == [{"face"}, {"face"}]
    assert by.learned.asked == [["face", "pointer"]]


def test_withdrawing_a_stream_deletes_its_baseline_alone(by, sitting):
    of(by, sitting)
    erasure.withdraw(sitting.learner.code, ["face:adapt"], now=sitting.began_at + LONG)

    assert [row.scopes for row in Opening.objects.all()] == [["pointer:adapt"]]
    assert set(of(by, sitting, LONG + timedelta(seconds=5))) == {"pointer"}
    assert by.learned.asked == [["face", "pointer"]]


def test_a_baseline_of_another_epoch_is_not_read(by, sitting):
    of(by, sitting)
    Opening.objects.update(epochs=[99])

    of(by, sitting, LONG + timedelta(seconds=5))

    assert by.learned.asked == [["face", "pointer"]] * 2


def test_none_is_stored_after_a_withdrawal_during_its_computation(by, sitting):
    now = sitting.began_at + LONG
    granted = gate.permits(sitting.learner.code, SCOPES, now=now).granted
    erasure.withdraw(sitting.learner.code, ["face:adapt"], now=now)

    sitting_baseline.get_baseline_each(by, [(sitting, granted)], now=now)

    assert [row.scopes for row in Opening.objects.all()] == [["pointer:adapt"]]


def test_deleting_the_last_minutes_deletes_their_baseline(by, sitting):
    of(by, sitting)
    now = sitting.began_at + LONG
    recent_deletion.delete_recent(sitting.learner, SCOPES, now=now)

    assert not Opening.objects.exists()
    assert of(by, sitting, LONG + timedelta(seconds=5)) == {}
