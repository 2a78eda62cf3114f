"""A Window is loaded only from Blocks that its Permits cover (I-1, I-2)."""

from __future__ import annotations

import asyncio
import math
import uuid
from datetime import timedelta

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from consent.grants import grants
from consent.permits.gate import permit
from telemetry import windows
from telemetry.blocks import tracks
from telemetry.blocks.group_commit import commit
from telemetry.connection import connect
from telemetry.devices import devices
from telemetry.models import Window
from tests.fixtures.consent import withdraw
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db(transaction=True)


def store(*rows):
    async def go():
        opened = await connect()
        await commit(opened, rows)
        await opened.close()

    asyncio.run(go())


def allowed(person, *scopes):
    return [permit(person.code, scope, now=timezone.now()) for scope in scopes]


@pytest.fixture
def window(sitting, allow, row_of):
    """Return cut 2, [5, 15) s, of pointer rows each second from 0 to 19 with that value."""
    allow(sitting.learner, "pointer:adapt", "activity:adapt")
    rows = [row_of(sitting, "pointer", n, rows=[[n / 20] * 13]) for n in range(20)]
    rows += [row_of(sitting, "activity", n, rows=[[1, 1, 0, 0]]) for n in range(5, 10)]
    store(*rows)
    return Window(sitting=sitting, cut=2)


def test_a_window_holds_the_rows_of_its_time(window, mia):
    found = windows.load(window, allowed(mia, "pointer:adapt", "activity:adapt"))
    assert (found.t0, found.t1) == (5, 15)
    pointer = found.streams["pointer"]
    assert pointer.times.tolist() == [*range(5, 15)]
    assert pointer.values[:, 0] == pytest.approx(np.arange(5, 15) / 20)
    assert pointer.mask.all()
    assert pointer.quality == pytest.approx(1)
    assert found.streams["activity"].quality == pytest.approx(0.5)


def test_without_a_permit_there_is_no_track(window, mia):
    assert windows.load(window, []).streams == {}
    assert set(windows.load(window, allowed(mia, "activity:adapt")).streams) == {"activity"}


def test_a_permit_of_another_purpose_or_person_reads_nothing(window, mia, noah, allow):
    allow(mia, "pointer:teach")
    allow(noah, "pointer:adapt")
    for permits in (allowed(mia, "pointer:teach"), allowed(noah, "pointer:adapt")):
        assert windows.load(window, permits).streams == {}


def test_blocks_of_an_earlier_epoch_are_not_read(window, mia, allow):
    withdraw(mia, ["pointer:adapt"], now=timezone.now())
    grants.mark_cleared(mia.code, ["pointer:adapt"])
    allow(mia, "pointer:adapt")
    assert windows.load(window, allowed(mia, "pointer:adapt")).streams == {}


def test_blocks_whose_key_is_destroyed_are_not_read(window, mia):
    permits = allowed(mia, "pointer:adapt", "activity:adapt")
    open_keystore().destroy(mia.code, ["pointer:adapt"])
    assert set(windows.load(window, permits).streams) == {"activity"}


def test_a_value_out_of_range_or_missing_is_masked(sitting, allow, row_of, mia):
    allow(mia, "pointer:adapt")
    odd = [0.0] * 13
    odd[0], odd[2] = 1e9, math.nan
    store(row_of(sitting, "pointer", 0, rows=[odd]))
    track = windows.load(Window(sitting=sitting, cut=0), allowed(mia, "pointer:adapt")).streams
    mask = track["pointer"].mask[0]
    assert not mask[0]
    assert not mask[2]
    assert mask[[1, *range(3, 13)]].all()
    assert track["pointer"].quality < 0.2


def test_integers_are_read_in_units_with_their_gaps(sitting, allow, row_of, mia):
    allow(mia, "ecg:adapt")
    store(row_of(sitting, "ecg", 0, t0=0.0, rate_hz=130.0, rows=[[120], [-32768], [-7]]))
    track = windows.load(Window(sitting=sitting, cut=0), allowed(mia, "ecg:adapt")).streams["ecg"]
    assert track.values[[0, 2], 0].tolist() == [120, -7]
    assert track.mask[:, 0].tolist() == [True, False, True]


def test_an_old_window_is_found_behind_many_newer_blocks(sitting, allow, row_of, mia):
    allow(mia, "pointer:adapt")
    store(*[row_of(sitting, "pointer", n, t0=float(n)) for n in range(4)])
    store(*[row_of(sitting, "pointer", n, t0=4.9) for n in range(4, 90)])
    found = windows.load(Window(sitting=sitting, cut=0), allowed(mia, "pointer:adapt"))
    assert found.streams["pointer"].times[0] == 0


def test_rows_of_a_simulated_learner_are_marked(window, mia):
    window.sitting.learner.simulated = True
    found = windows.load(window, allowed(mia, "pointer:adapt"))
    assert found.streams["pointer"].backend == "simulated"


@pytest.fixture
def worn(sitting, allow, row_of, mia):
    """Return `worn((0, "polar_verity", 128.0), …)`, which reports devices; the light is n at n
    s."""
    allow(mia, "ppg:adapt")
    store(*[row_of(sitting, "ppg", n, rows=[[n]], rate_hz=1.0) for n in range(20)])

    def tells(*told):
        (under,), now = allowed(mia, "ppg:adapt"), timezone.now() + timedelta(seconds=60)
        for t, backend, scale in told:
            devices.store(sitting, uuid.uuid4(), backend, scale, t, under, now=now)
        return windows.load(Window(sitting=sitting, cut=1), allowed(mia, "ppg:adapt")).streams[
            "ppg"
        ]

    return tells


def test_rows_have_their_device_and_its_unit(worn):
    track = worn((0.0, "polar_verity", 128.0))
    assert track.backend == "polar_verity"
    assert track.values[:, 0].tolist() == [128.0 * n for n in range(10)]
    assert track.mask.all()


def test_rows_without_a_device_are_unchanged(worn):
    track = worn()
    assert track.backend == ""
    assert track.values[:, 0].tolist() == [*range(10)]


def test_rows_from_just_before_the_report_belong_to_the_device(worn):
    assert worn((2.5, "polar_verity", 2.0)).values[:, 0].tolist() == [2.0 * n for n in range(10)]


def test_a_track_has_only_the_newer_device(worn):
    track = worn((0.0, "polar_verity", 128.0), (7.0, "shimmer3", 0.5), (15.0, "lsl", 3.0))
    assert track.backend == "shimmer3"
    assert track.times.tolist() == [6, 7, 8, 9]
    assert track.values[:, 0].tolist() == [3.0, 3.5, 4.0, 4.5]
    assert track.quality == pytest.approx(0.4)


def test_rows_of_a_simulated_learner_are_marked_whatever_the_device(worn, sitting):
    sitting.learner.simulated = True
    track = worn((0.0, "polar_verity", 128.0))
    assert (track.backend, track.values[1, 0]) == ("simulated", 128.0)


def queries(act):
    with CaptureQueriesContext(connection) as seen:
        act()
    return [each["sql"] for each in seen]


def test_devices_take_one_query_for_all_claimed_windows(window, sitting, mia, allow):
    allow(mia, "face:adapt", "ppg:adapt")
    permits = allowed(mia, "pointer:adapt", "face:adapt", "ppg:adapt")
    windows.fall_due(sitting.id, 0.0, timezone.now())
    late = timezone.now() + timedelta(minutes=2)
    claimed = []
    asked = queries(lambda: claimed.extend(windows.claim(late, 64)))
    assert len(claimed) == 12
    assert sum("telemetry_device" in sql for sql in asked) == 1
    asked = queries(lambda: [windows.load(each, permits) for each in claimed])
    assert len(asked) == len(claimed)
    assert not any("telemetry_device" in sql for sql in asked)


def test_devices_are_queried_once_if_not_prefetched(window, sitting, mia, allow, row_of):
    allow(mia, "heart:adapt", "ppg:adapt")
    of_page, worn = allowed(mia, "pointer:adapt"), allowed(mia, "heart:adapt", "ppg:adapt")

    def asked(permits):
        return len(queries(lambda: tracks.read(sitting, permits, 0.0, 10.0)))

    assert asked(of_page) == asked([*of_page, *worn]) == 1
    store(row_of(sitting, "ppg", 0, rows=[[1]], rate_hz=1.0))
    store(row_of(sitting, "heart", 0, rows=[[0.5, 60.0, 1000.0, 1.0]], rate_hz=0.0))
    assert (asked(of_page), asked([*of_page, *worn])) == (1, 2)
