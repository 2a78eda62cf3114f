"""Nothing sensed is kept longer than the profile says, to the day for Blocks."""

from __future__ import annotations

import uuid
from datetime import UTC, timedelta

import pytest

from adaptation.models import Intervention
from estimates.models import AffectEstimate
from privacy import expiry
from telemetry import partitions, sittings
from telemetry.models import Block
from tests import factories, replay
from tests.platform.privacy.test_erasure import estimate, predictor  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def sitting(mia, allow, now):
    partitions.open_days()
    allow(mia, *[f"{name}:adapt" for name in replay.STREAMS])
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    sitting = sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)
    replay.store(sitting, {"pointer": replay.recording()["pointer"]}, now=now)
    return sitting


def test_a_day_of_blocks_goes_when_all_of_it_is_older_than_seven_days(sitting, now):
    began = now.astimezone(UTC).replace(hour=0, minute=0, second=0)
    expiry.expire(now=began + timedelta(days=7, hours=23))
    assert Block.objects.filter(sitting=sitting.id).exists()

    gone = expiry.expire(now=began + timedelta(days=8, hours=1))

    assert gone["days_of_blocks"] >= 1
    assert not Block.objects.filter(sitting=sitting.id).exists()


def test_an_estimate_goes_after_seven_days_and_not_before(sitting, predictor, now):  # noqa: F811
    estimate(sitting, predictor, 1, ["pointer:adapt"], now)

    expiry.expire(now=now + timedelta(days=7))
    assert AffectEstimate.objects.exists()
    expiry.expire(now=now + timedelta(days=7, seconds=1))

    assert not AffectEstimate.objects.exists()


def test_without_a_profile_the_tables_own_limits_hold(sitting, predictor, now, settings):  # noqa: F811
    estimate(sitting, predictor, 1, ["pointer:adapt"], now)
    settings.LEGAL_PROFILE = None

    expiry.expire(now=now + timedelta(days=29))
    assert AffectEstimate.objects.exists()
    expiry.expire(now=now + timedelta(days=31))

    assert not AffectEstimate.objects.exists()


def test_the_reason_of_an_offer_goes_with_the_estimates_and_its_record_stays(sitting, mia, now):
    fields = {
        "sitting": sitting,
        "learner": mia,
        "version": 1,
        "kind": "hint",
        "probability": 1,
        "delivered": True,
        "sealed": b"sealed",
        "decided_at": now,
    }
    sensed = Intervention.objects.create(
        rule="R2", cut=1, scopes=["pointer:adapt"], epochs=[1], **fields
    )
    course = Intervention.objects.create(rule="R1", cut=2, **fields)

    expiry.expire(now=now + timedelta(days=8))

    sensed.refresh_from_db()
    course.refresh_from_db()
    assert (bytes(sensed.sealed), bytes(course.sealed)) == (b"", b"sealed")
