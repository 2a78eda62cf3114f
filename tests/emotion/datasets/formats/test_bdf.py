"""BDF files are read as they were written; a corrupt one is named."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.datasets import WrongFolder
from emotion.datasets.formats.bdf import read
from tests.fixtures.emotion.bdf_files import write

RNG = np.random.default_rng(5)
FAST = RNG.integers(-(2**23), 2**23, 3 * 256)
SLOW = RNG.integers(-(2**23), 2**23, 3 * 64)


@pytest.fixture
def path(tmp_path):
    at = tmp_path / "made.bdf"
    write(at, {"EXG1": (FAST, 256), "Temp": (SLOW, 64), "Status": (FAST[::-1].copy(), 256)})
    return at


def test_samples_of_24_bits_are_read_by_channel(path):
    found = read(path)

    assert list(found.channels) == ["EXG1", "Temp", "Status"]
    np.testing.assert_array_equal(found.digital("EXG1"), FAST)
    np.testing.assert_array_equal(found.digital("Temp"), SLOW)
    np.testing.assert_array_equal(found.digital("Status"), FAST[::-1])


def test_a_signal_has_its_rate_and_unit(path):
    signal = read(path).signal("Temp")

    assert (signal.rate_hz, signal.unit, signal.seconds) == (64, "uV", 3)
    np.testing.assert_allclose(signal.values, SLOW / 32, atol=1)


def test_a_corrupt_file_is_named(path, tmp_path):
    raw = path.read_bytes()
    spoilt = (
        (b"EDF" + raw[3:], "expected a BDF file"),
        (raw[:100], "expected a BDF file"),
        (raw[:600], "cut short"),
        (raw[:-1], "cut short"),
        (raw + b"x", "cut short"),
        (raw[:236] + b"many    " + raw[244:], "numbers in the head"),
        (raw[:236] + b"-1      " + raw[244:], "expected records"),
        (raw.replace(b"Temp  ", b"EXG1  "), "different names"),
        (raw.replace(b"-262144 ", b"x       "), "with numbers"),
    )
    for content, said in spoilt:
        path.write_bytes(content)
        with pytest.raises(WrongFolder, match=rf"made\.bdf: .*{said}"):
            read(path)
    with pytest.raises(WrongFolder, match="found none"):
        read(tmp_path / "none.bdf")


def test_a_missing_channel_is_named(path):
    with pytest.raises(WrongFolder, match="expected a channel GSR1"):
        read(path).signal("GSR1")
