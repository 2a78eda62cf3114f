"""A graded test is never sensed: three barriers, each sufficient alone (I-1)."""

from __future__ import annotations

import asyncio
import random
import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from pipeline import window_processing as pipeline_windows
from telemetry import sittings, windows
from telemetry.blocks import tracks
from telemetry.blocks.group_commit import Fate, commit
from telemetry.connection import connect
from telemetry.models import Block, Window
from tests.fixtures.factories import make_unit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def exam(sitting):
    return sittings.open(
        sitting.learner, make_unit(), scenario="graded", page=uuid.uuid4(), now=timezone.now()
    )


async def committed(rows):
    opened = await connect()
    try:
        return await commit(opened, rows)
    finally:
        await opened.close()


def test_the_storing_statement_leaves_out_graded_sittings(sitting, exam, allow, row_of):
    allow(sitting.learner, "pointer:adapt")
    rows = [row_of(exam, "pointer", 0), row_of(sitting, "pointer", 0)]
    assert asyncio.run(committed(rows)) == [Fate.NO_GRANT, Fate.STORED]
    assert set(Block.objects.values_list("sitting", flat=True)) == {sitting.id}


def test_no_other_path_stores_a_block_of_a_graded_sitting(exam, allow, row_of):
    allow(exam.learner, "pointer:adapt")
    row = row_of(exam, "pointer", 0)
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        Block.objects.create(
            day=row.day, sitting=row.sitting, stream=row.stream, seq=row.seq, epoch=row.epoch,
            learner_id=row.learner, t0=row.t0, rate_hz=row.rate_hz, rows=row.rows,
            channels=row.channels, sealed=row.sealed,
        )  # fmt: skip
    assert error.value.__cause__.sqlstate == "28000"


@pytest.mark.parametrize(
    ("scenario", "profile", "silent"),
    [
        ("course", "eu_education", False),
        ("discussion", "eu_education", False),
        ("graded", "demo", True),
        ("graded", None, True),
        ("practice", "demo", False),
        ("practice", "eu_education", True),
        ("practice", None, True),
    ],
)
def test_a_practice_test_is_silent_if_the_profile_says_so(
    exam, settings, scenario, profile, silent
):
    settings.LEGAL_PROFILE, exam.scenario = profile, scenario
    assert sittings.senses_nothing(exam, timezone.now()) == silent


def test_the_pipeline_reads_nothing_of_a_graded_sitting(exam, allow, monkeypatch):
    allow(exam.learner, "pointer:adapt", "activity:adapt")
    read, read_each = [], tracks.read_each

    def watched(wanted):
        read.extend(each.permits for each in wanted)
        return read_each(wanted)

    monkeypatch.setattr(tracks, "read_each", watched)
    windows.fall_due(exam.id, 0.0, exam.began_at)
    later = exam.began_at + timedelta(minutes=2)
    pipeline_windows.drain(now=lambda: later, rng=random.Random(1))
    assert read
    assert not any(read)
    assert not Window.objects.filter(state="pending").exists()
