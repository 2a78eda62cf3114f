from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry import sittings, windows
from telemetry.models import Window
from tests.fixtures.factories import NOW, make_unit, make_user


@pytest.fixture
def sitting(db):
    return sittings.open(make_user(), make_unit(), scenario="course", page=uuid.uuid4(), now=NOW)


def test_the_first_cut_is_clipped_at_the_beginning():
    assert windows.span(0) == (0, 5)
    assert windows.span(1) == (0, 10)
    assert windows.span(2) == (5, 15)


@given(st.floats(0, 43_000))
def test_the_cuts_after_a_time_are_those_that_end_in_the_next_minute(t):
    first, last = windows.cuts_after(t)
    assert t < windows.span(first)[1] <= t + windows.HOP_S
    assert windows.span(last)[1] <= t + windows.AHEAD_S < windows.span(last + 1)[1]


def test_each_window_falls_due_a_second_after_its_end(sitting):
    windows.fall_due(sitting.id, 7.0, NOW)
    for window in Window.objects.all():
        end = timedelta(seconds=windows.span(window.cut)[1])
        assert window.due_at == NOW + end + timedelta(seconds=1)
        assert window.state == "pending"


def test_windows_fall_due_once_and_keep_their_state(sitting):
    assert windows.fall_due(sitting.id, 0.0, NOW) == 12
    Window.objects.filter(cut=0).update(state="done")
    assert windows.fall_due(sitting.id, 0.0, NOW) == 0
    assert windows.fall_due(sitting.id, 5.0, NOW) == 1
    assert Window.objects.get(cut=0).state == "done"


def test_windows_of_several_sittings_fall_due_once(sitting):
    other = sittings.open(make_user(), make_unit(), scenario="course", page=uuid.uuid4(), now=NOW)
    alive = [(sitting.id, 0.0), (sitting.id, 12.0), (other.id, 7.0)]
    assert windows.fall_due_each(alive, NOW) == 14 + 12
    assert windows.fall_due_each(alive, NOW) == 0
    assert {row.cut for row in Window.objects.filter(sitting=other)} == set(range(1, 13))


def test_nothing_falls_due_in_a_closed_sitting(sitting):
    sittings.close(sitting, now=NOW)
    assert windows.fall_due(sitting.id, 0.0, NOW) == 0


@pytest.mark.parametrize("t", [-1.0, float("nan")])
def test_a_time_before_the_sitting_is_an_error(sitting, t):
    with pytest.raises(ValueError, match="since the Sitting began"):
        windows.fall_due(sitting.id, t, NOW)


def test_nothing_falls_due_after_twelve_hours(sitting):
    assert windows.fall_due(sitting.id, 12 * 3600 + 0.1, NOW) == 0


def test_falling_due_counts_as_activity(sitting):
    windows.fall_due(sitting.id, 0.0, NOW + timedelta(seconds=8))
    sitting.refresh_from_db()
    assert sitting.active_at == NOW + timedelta(seconds=8)
