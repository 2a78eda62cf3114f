"""Behaviour from shared data: typing only under its Grant, player actions as events."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import numpy as np
import pytest

from emotion.behaviour import observations
from estimates.behaviour_states import place_of
from estimates.models import BehaviourEstimate
from estimates.registry import predictors
from pipeline import window_processing as pipeline_windows
from telemetry import sittings, windows
from telemetry.blocks import partitions
from telemetry.models import Event
from tests.fixtures import factories
from tests.fixtures.sockets import recordings
from vault.sealed_values import unseal_value

pytestmark = pytest.mark.django_db
LATENCY, HINTS, VIDEO = map(observations.NAMES.index, ("latency_ms", "hints", "video_events"))


@pytest.fixture
def seen(monkeypatch):
    """The observations of each step, in order."""
    found = []
    real = observations.observe

    def noted(*told):
        found.append(real(*told))
        return found[-1]

    monkeypatch.setattr(observations, "observe", noted)
    return found


@pytest.fixture
def sit(mia, allow, now):
    """`sit(...)`: mia goes through the recording with Grants for these Streams alone."""
    partitions.open_days()

    def go(unit, *streams, events=()):
        allow(mia, *(f"{name}:adapt" for name in streams))
        predictors.register_shipped(now=now)
        factories.make_enrolment(mia, unit.course)
        sitting = sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)
        for name, t in events:
            Event.objects.create(id=uuid.uuid4(), sitting=sitting, t=t, name=name, at=now)
        recordings.store(sitting, {name: recordings.recording()[name] for name in streams}, now=now)
        for t in (0.0, 60.0):
            windows.fall_due(sitting.id, t, now)
        for second in range(5, 120, 5):
            at = now + timedelta(seconds=second + 2)
            pipeline_windows.drain(now=lambda at=at: at, rng=random.Random(1))
        return list(BehaviourEstimate.objects.filter(sitting=sitting).order_by("cut"))

    return go


def opened(row):
    place = place_of(row.id, row.sitting.learner.code)
    return unseal_value(bytes(row.sealed), place=place)


def test_shared_typing_is_read_and_in_the_scopes(sit, seen):
    rows = sit(factories.make_quiz_unit(), "pointer", "activity", "typing")

    assert len(rows) >= 10
    assert not np.isnan([step[LATENCY] for step in seen]).all()
    assert any("typing:adapt" in row.scopes for row in rows)


def test_without_typing_there_are_still_states(sit, seen):
    rows = sit(factories.make_quiz_unit(), "pointer", "activity")

    assert len(rows) >= 10
    assert np.isnan([step[LATENCY] for step in seen]).all()
    assert all("typing:adapt" not in row.scopes for row in rows)
    assert any(opened(row)["state"] for row in rows)
    for row in rows:
        found = opened(row)
        assert sum(found["proba"]) == pytest.approx(1)
        assert len(found["proba"]) == len(found["states"])


def test_in_a_video_what_is_done_to_the_player_is_counted_and_hints_are_unknown(sit, seen):
    done = [("pause", 12.0), ("seek", 13.0), ("visibility", 14.0), ("play", 31.0)]
    sit(factories.make_video_unit(), "pointer", "activity", events=done)

    counted = np.array([step[VIDEO] for step in seen])
    assert counted.sum() == 3
    assert counted.max() == 2
    assert np.isnan([step[HINTS] for step in seen]).all()


def test_in_a_quiz_video_events_are_unknown_and_hints_counted(sit, seen):
    sit(factories.make_quiz_unit(), "pointer", "activity", events=[("hint", 12.0), ("play", 13.0)])

    assert np.isnan([step[VIDEO] for step in seen]).all()
    assert sum(step[HINTS] for step in seen) == 1
