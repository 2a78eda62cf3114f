"""A device's stamps are placed at their time of measurement, despite clock errors and delays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.emotion.device_vectors import load, names
from tests.oracles.devices.device_clock import DeviceClock

SCENARIOS = load("device_clock")["scenarios"]


def place_row(row) -> tuple[list[float | None], DeviceClock]:
    clock = DeviceClock(wrap_ms=row["wrap_ms"])
    return [clock.place(stamp, arrived) for stamp, arrived, _ in row["rows"]], clock


@pytest.mark.parametrize("row", SCENARIOS, ids=names)
def test_stamps_are_placed_where_they_were_taken(row):
    found, _ = place_row(row)
    begins = row["rows"][0][2] + row["settles_ms"]

    for (_, _, true), at in zip(row["rows"], found, strict=True):
        assert (at is None) == (true is None)
        if true is not None and true >= begins:
            assert abs(at - true - row["least_delay_ms"]) <= row["within_ms"]


@pytest.mark.parametrize("row", [r for r in SCENARIOS if r["drift_within_ppm"]], ids=names)
def test_the_drift_is_estimated(row):
    _, clock = place_row(row)

    assert abs(1e6 * clock.drift - row["drift_ppm"]) <= row["drift_within_ppm"]


@pytest.mark.parametrize("row", SCENARIOS, ids=names)
def test_python_and_javascript_place_stamps_alike(row):
    found, _ = place_row(row)

    assert {i: found[i] for i, _ in row["placed"]} == pytest.approx(dict(row["placed"]), abs=1e-3)


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 5e3)), max_size=60),
    st.sampled_from([0, 512e3]),
)
def test_times_never_go_back_and_never_lie_in_the_future(rows, wrap_ms):
    clock, now, before = DeviceClock(wrap_ms=wrap_ms), 0.0, float("-inf")

    for stamp, later in rows:
        now += later
        at = clock.place(stamp, now)
        if at is not None:
            assert before <= at <= now + 1e-6
            before = at


def test_a_repeated_stamp_is_not_placed_again():
    clock = DeviceClock()
    for stamp in (1000.0, 2000.0, 3000.0):
        assert clock.place(stamp, stamp + 20) is not None

    assert clock.place(3000.0, 3500.0) is None
    assert clock.place(2000.0, 3500.0) is None
    assert clock.place(4000.0, 4020.0) == 4020.0


def test_packets_in_a_burst_are_not_placed_after_their_arrival():
    clock = DeviceClock()

    assert [clock.place(500.0 * n, 9000.0) for n in range(1, 5)] == [9000.0] * 4
