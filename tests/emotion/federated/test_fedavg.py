"""An institution's update is clipped, has the same weight as any other, and is masked by noise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.federated import messages
from emotion.federated.fedavg import Privacy, average, clip_step, measure_length

BEFORE = [np.zeros((2, 2), np.float32), np.ones(3, np.float32)]


def step(size):
    return [np.full_like(part, size) for part in BEFORE]


def rng():
    return np.random.default_rng(1)


@given(st.floats(-100, 100, width=32), st.floats(0.01, 50))
def test_long_steps_are_clipped_and_short_ones_unchanged(size, most):
    after = [part + np.float32(size) for part in BEFORE]
    found = clip_step(BEFORE, after, most)
    whole = measure_length([a - b for a, b in zip(after, BEFORE, strict=True)])
    assert measure_length(found) <= most * (1 + 1e-5)
    assert measure_length(found) == pytest.approx(min(whole, most), rel=1e-4, abs=1e-6)


def test_a_step_that_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match="numbers"):
        clip_step(BEFORE, step(np.nan), 1.0)


def test_institutions_have_equal_weight_in_the_mean_step():
    found = average(BEFORE, [step(0.1), step(0.3)], Privacy(clip=10.0), rng=rng())
    for part, before in zip(found, BEFORE, strict=True):
        np.testing.assert_allclose(part, before + 0.2, rtol=1e-6)


def test_a_step_that_was_not_clipped_by_its_sender_is_clipped_here():
    found = average(BEFORE, [step(1000.0)], Privacy(clip=1.0), rng=rng())
    moved = [a - b for a, b in zip(found, BEFORE, strict=True)]
    assert measure_length(moved) == pytest.approx(1.0, rel=1e-4)


def test_without_answers_the_weights_stay():
    found = average(BEFORE, [], Privacy(clip=1.0, noise=1.0), rng=rng())
    assert all(np.array_equal(a, b) for a, b in zip(found, BEFORE, strict=True))


def test_noise_has_the_requested_size():
    many = [np.zeros(40_000, np.float32)]
    found = average(many, [many, many], Privacy(clip=2.0, noise=0.5), rng=rng())
    assert float(np.std(found[0])) == pytest.approx(0.5 * 2.0 / 2, rel=0.02)


def test_epsilon_is_that_of_gaussian_noise_in_as_many_rounds():
    """One release with noise 1: rho-zCDP of 1/2, so epsilon = rho + 2 sqrt(rho log(1/delta))."""
    rho = 0.5
    expected = rho + 2 * math.sqrt(rho * math.log(1e5))
    assert Privacy(clip=1.0, noise=1.0).epsilon(1) == pytest.approx(expected, rel=1e-3)
    assert Privacy(clip=1.0, noise=1.0).epsilon(20) > Privacy(clip=1.0, noise=1.0).epsilon(10)
    assert Privacy(clip=9.0, noise=4.0).epsilon(4) == pytest.approx(
        Privacy(clip=1.0, noise=2.0).epsilon(1)
    )


def test_without_noise_there_is_no_privacy_guarantee():
    assert Privacy(clip=1.0).epsilon(1) == math.inf


def test_weights_pass_through_a_pipe_unchanged(tmp_path):
    with (tmp_path / "pipe").open("wb") as file:
        messages.write_message(file, messages.pack_weights(BEFORE))
        messages.write_message(file, b"")
    with (tmp_path / "pipe").open("rb") as file:
        found = messages.unpack_weights(messages.read_message(file))
        assert messages.read_message(file) == b""
        assert messages.read_message(file) is None
    assert all(np.array_equal(a, b) for a, b in zip(found, BEFORE, strict=True))


def test_a_partial_message_is_none_and_a_huge_one_is_refused(tmp_path):
    path = tmp_path / "pipe"
    path.write_bytes(messages.LENGTH.pack(10) + b"half")
    with path.open("rb") as file:
        assert messages.read_message(file) is None
    path.write_bytes(messages.LENGTH.pack(2**60))
    with path.open("rb") as file, pytest.raises(ValueError, match="at most"):
        messages.read_message(file)
