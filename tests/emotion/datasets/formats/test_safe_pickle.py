"""Pickles of numbers are read unchanged; one that would run code is refused without running."""

from __future__ import annotations

import os
import pickle
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emotion.datasets import WrongFolder
from emotion.datasets.formats.safe_pickle import read
from tests.fixtures.emotion.python2_pickles import pickle_as_python2

SHAPES = [
    np.arange(24.0).reshape(2, 3, 4),
    np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    np.arange(5, dtype=">i4"),
    np.zeros((0, 3), np.float32),
    np.array([True, False]),
]
VALUE = {
    "subject": "S2",
    "label": SHAPES[2],
    "signal": {"chest": {"ACC": SHAPES[0], "all": SHAPES}, "x": (1, 2.5, None, True, [-3, 10**12])},
    "scalar": np.float64(2.5),
    "again": SHAPES[0],
}


def equal(one, other):
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            equal(one[key], other[key])
    elif isinstance(one, list | tuple):
        assert type(one) is type(other)
        assert len(one) == len(other)
        for mine, theirs in zip(one, other, strict=True):
            equal(mine, theirs)
    elif isinstance(one, np.ndarray):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype
    else:
        assert one == other


@pytest.fixture
def at(tmp_path):
    def write(raw):
        path = tmp_path / "s01.dat"
        path.write_bytes(raw)
        return path

    return write


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, "old"])
def test_numbers_are_read_unchanged(at, protocol):
    raw = pickle_as_python2(VALUE) if protocol == "old" else pickle.dumps(VALUE, protocol)

    equal(read(at(raw)), VALUE)


class _Acts:
    def __init__(self, call, *given):
        self.made = (call, given)

    def __reduce__(self):
        return self.made

    def __str__(self):
        return f"calls {self.made[0].__name__}"


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_that_would_run_code_is_refused_without_running(at, tmp_path, protocol):
    trace = tmp_path / "acted"
    raw = pickle.dumps({"data": _Acts(os.mkdir, str(trace))}, protocol)

    with pytest.raises(WrongFolder, match=r"s01\.dat: expected .*numbers only, got .*name"):
        read(at(raw))

    assert not trace.exists()
    pickle.loads(raw)
    assert trace.exists()


@pytest.mark.parametrize(
    "value",
    [
        {1, 2},
        np.array(["text"]),
        np.array([{"a": 1}], dtype=object),
        np.zeros(2, dtype=[("a", "f8")]),
        np.dtype("f8"),
        np.ndarray,
        np.zeros(2, complex),
        np.zeros(2, np.longdouble),
        _Acts(np.load, "x"),
        _Acts(eval, "1"),
    ],
    ids=str,
)
def test_other_than_plain_numbers_is_refused(at, value):
    for raw in (pickle.dumps(value, 2), pickle.dumps(value, 4)):
        with pytest.raises(WrongFolder, match="numbers only"):
            read(at(raw))


def test_a_wrong_length_allocates_no_memory(at):
    for opcode in (b"\x8d", b"\x8e"):
        with pytest.raises(WrongFolder, match="only 3 remain"):
            read(at(b"\x80\x04" + opcode + (1 << 60).to_bytes(8, "little") + b"abc"))


def test_the_refused_opcode_is_named(at):
    with pytest.raises(WrongFolder, match=r"s01\.dat: .*the opcode EMPTY_SET"):
        read(at(pickle.dumps({1, 2}, 4)))


def test_a_truncated_file_is_refused(at):
    raw = pickle_as_python2({"data": np.arange(4.0), "labels": [1, 2]})
    for length in range(len(raw)):
        with pytest.raises(WrongFolder):
            read(at(raw[:length]))


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), max_size=4), st.booleans())
def test_a_corrupt_file_is_refused_or_read_without_side_effects(at, changes, in_old):
    value = {"data": np.arange(4.0), "labels": [1, 2.5, "x"], "n": np.float64(1)}
    raw = bytearray(pickle_as_python2(value) if in_old else pickle.dumps(value, 2))
    for place, byte in changes:
        raw[place % len(raw)] = byte
    with suppress(WrongFolder):
        read(at(bytes(raw)))


def test_recursive_and_too_large_objects_are_refused(at):
    itself = {}
    itself["me"] = itself
    doubled = [0]
    for _ in range(18):
        doubled = [doubled, doubled]

    for value in (itself, doubled):
        with pytest.raises(WrongFolder, match="more than a recording holds"):
            read(at(pickle.dumps(value, 2)))
