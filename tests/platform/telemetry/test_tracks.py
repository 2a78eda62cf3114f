"""A Window is loaded from the Blocks its Permits cover, and from nothing else (I-1, I-2)."""

from __future__ import annotations

import asyncio
import math

import numpy as np
import pytest
from django.utils import timezone

from consent import grants
from consent.gate import permit
from telemetry import windows
from telemetry.connection import connect
from telemetry.group_commit import commit
from telemetry.models import Window
from tests.consenting import take_back
from vault import keystore

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
    """Cut 2, [5, 15) s: a pointer row each second from 0 to 19, all values the second's number."""
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


def test_a_permit_for_a_reader_or_of_another_person_opens_nothing(window, mia, noah, allow):
    allow(mia, "pointer:teach")
    allow(noah, "pointer:adapt")
    for permits in (allowed(mia, "pointer:teach"), allowed(noah, "pointer:adapt")):
        assert windows.load(window, permits).streams == {}


def test_blocks_of_an_earlier_epoch_are_not_there_after_a_new_yes(window, mia, allow):
    take_back(mia, ["pointer:adapt"], now=timezone.now())
    grants.cleared(mia.code, ["pointer:adapt"])
    allow(mia, "pointer:adapt")
    assert windows.load(window, allowed(mia, "pointer:adapt")).streams == {}


def test_blocks_whose_key_is_destroyed_are_not_there(window, mia):
    permits = allowed(mia, "pointer:adapt", "activity:adapt")
    keystore.destroy(mia.code, ["pointer:adapt"])
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


def test_whole_numbers_come_back_in_units_with_their_gaps(sitting, allow, row_of, mia):
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


def test_rows_of_a_simulated_learner_say_so(window, mia):
    window.sitting.learner.simulated = True
    found = windows.load(window, allowed(mia, "pointer:adapt"))
    assert found.streams["pointer"].backend == "simulated"
