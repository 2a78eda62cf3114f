"""The source of a Stream is reported under a live Grant, looked up by time, and erased with it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from consent.permits.errors import Refused
from consent.permits.gate import permit
from data_inventory import all as holdings_all
from privacy import recent_deletion
from privacy.erasure import erasure
from telemetry import sittings
from telemetry.devices import devices
from telemetry.devices.devices import DeviceSource
from telemetry.models import Device
from tests.fixtures.consent import withdraw
from tests.fixtures.factories import make_unit

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(sitting, allow):
    """Return `report("ppg", "polar_verity", scale=128.0)`, reporting under the current Permit."""
    allow(sitting.learner, "ppg:adapt", "face:adapt", "heart:adapt")

    def tells(stream, backend, *, scale=1.0, t=None, id=None, of=sitting, now=None):
        now = now or timezone.now()
        under = permit(sitting.learner.code, f"{stream}:adapt", now=now)
        return devices.store(of, id or uuid.uuid4(), backend, scale, t, under, now=now)

    return tells


def test_it_is_stored_once_however_often_it_is_sent(report, sitting):
    id, now = uuid.uuid4(), sitting.began_at + timedelta(seconds=30)
    assert report("ppg", "polar_verity", scale=128.0, t=12.5, id=id, now=now)
    assert not report("ppg", "polar_verity", scale=128.0, t=12.5, id=id, now=now)
    (kept,) = Device.objects.all()
    assert (kept.id, kept.sitting, kept.stream, kept.backend, kept.scale) == (
        id, sitting, "ppg", "polar_verity", 128.0,
    )  # fmt: skip
    assert kept.at == sitting.began_at + timedelta(seconds=12.5)


def test_without_a_time_it_applies_from_now(report, sitting):
    now = sitting.began_at + timedelta(seconds=40)
    report("face", "human", now=now)
    assert Device.objects.get().at == now


def test_an_id_of_another_sitting_is_not_taken_over(report, mia):
    other = sittings.open(
        mia, make_unit(), scenario="course", page=uuid.uuid4(), now=timezone.now()
    )
    id = uuid.uuid4()
    report("face", "human", id=id, of=other)
    with pytest.raises(devices.BadDevice, match="taken"):
        report("face", "human", id=id)


@pytest.mark.parametrize(
    ("stream", "backend", "scale", "t"),
    [
        ("face", "polar_h10", 1.0, 0.0),
        ("face", "my camera", 1.0, 0.0),
        ("face", "", 1.0, 0.0),
        ("ppg", "polar_verity", 0.0, 0.0),
        ("ppg", "polar_verity", -1.0, 0.0),
        ("ppg", "polar_verity", 1e7, 0.0),
        ("ppg", "polar_verity", float("nan"), 0.0),
        ("face", "human", 2.0, 0.0),
        ("face", "human", 1.0, -0.1),
        ("face", "human", 1.0, 9e4),
        ("face", "human", 1.0, float("nan")),
    ],
)
def test_an_invalid_device_is_refused(report, stream, backend, scale, t):
    with pytest.raises(devices.BadDevice, match="expected"):
        report(stream, backend, scale=scale, t=t)
    assert not Device.objects.exists()


def test_the_database_refuses_unknown_codes(report, sitting):
    whole = {"sitting": sitting, "stream": "face", "backend": "human", "scale": 1.0,
             "at": timezone.now()}  # fmt: skip
    Device.objects.create(id=uuid.uuid4(), **whole)
    for wrong in (
        {"stream": "ppg", "backend": "mia's"}, {"scale": 0}, {"scale": float("nan")},
        {"scale": float("inf")},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Device.objects.create(id=uuid.uuid4(), **whole | wrong)


def test_a_permit_of_another_person_or_purpose_is_refused(report, sitting, allow, noah):
    allow(noah, "face:adapt")
    allow(sitting.learner, "face:teach")
    now = timezone.now()
    for under in (
        permit(noah.code, "face:adapt", now=now),
        permit(sitting.learner.code, "face:teach", now=now),
    ):
        with pytest.raises(Refused):
            devices.store(sitting, uuid.uuid4(), "human", 1.0, None, under, now=now)
    assert not Device.objects.exists()


def test_the_trigger_refuses_a_permit_that_outlived_its_grant(report, sitting):
    now = timezone.now()
    under = permit(sitting.learner.code, "face:adapt", now=now)
    withdraw(sitting.learner, ["face:adapt"], now=now)
    with pytest.raises(Refused, match="no_grant"):
        devices.store(sitting, uuid.uuid4(), "human", 1.0, None, under, now=now)
    row = {"sitting": sitting, "stream": "face", "backend": "human", "scale": 1.0, "at": now}
    with pytest.raises(OperationalError, match="no live grant"), transaction.atomic():
        Device.objects.create(id=uuid.uuid4(), **row)
    assert not Device.objects.exists()


def test_the_trigger_refuses_devices_in_a_graded_test(report, sitting):
    sitting.scenario = "graded"
    sitting.save()
    with pytest.raises(Refused):
        report("face", "human")


def test_a_withdrawal_erases_only_the_devices_of_its_stream(report, sitting):
    report("face", "human")
    report("heart", "bluetooth")
    erasure.withdraw(sitting.learner.code, ["face:adapt"], now=timezone.now())
    assert [row.stream for row in Device.objects.all()] == ["heart"]


def test_deleting_the_last_minutes_keeps_devices(report, sitting):
    report("face", "human")
    recent_deletion.delete_recent(sitting.learner, ["face:adapt"], now=timezone.now())
    assert Device.objects.count() == 1


def test_an_erasure_deletes_all_devices(report, sitting):
    report("face", "human")
    (holding,) = [each for each in holdings_all() if each.model is Device]
    assert holding.forget(uuid.uuid4()) == 0
    assert holding.forget(sitting.learner.code) == 1
    assert User.objects.filter(pk=sitting.learner.pk).exists()


def test_each_sitting_has_its_own_devices(report, sitting, mia):
    other = sittings.open(
        mia, make_unit(), scenario="course", page=uuid.uuid4(), now=timezone.now()
    )
    now = timezone.now() + timedelta(seconds=30)
    report("ppg", "shimmer3", scale=2.0, t=20.0, now=now)
    report("ppg", "polar_verity", scale=128.0, t=3.0, now=now)
    report("face", "human", t=1.0, of=other, now=now)
    mine = devices.sources_of(sitting)
    assert [(s.backend, s.scale, round(s.t, 3)) for s in mine["ppg"]] == [
        ("polar_verity", 128.0, 3.0), ("shimmer3", 2.0, 20.0),
    ]  # fmt: skip
    assert devices.sources_of_person(mia) == {sitting.id: mine, other.id: devices.sources_of(other)}


@given(st.lists(st.floats(0, 100), max_size=6), st.floats(0, 100))
def test_the_newest_earlier_report_applies_or_else_the_first(moments, t):
    sources = [DeviceSource(at, f"b{n}", 1.0) for n, at in enumerate(sorted(moments))]
    found = devices.source_at(sources, t)
    if not sources:
        assert found is None
    elif t < sources[0].t:
        assert found == sources[0]
    else:
        assert found.t <= t
        assert all(not found.t < other.t <= t for other in sources)
