"""Augmentations preserve shape, range and other invariants."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion import augment

SEEDS = st.integers(0, 10_000)


def picture(seed, colours=3, height=12, width=16):
    return np.random.default_rng(seed).random((colours, height, width)).astype(np.float32)


@given(
    SEEDS,
    st.sampled_from([augment.augment_face, augment.augment_interface]),
    st.sampled_from([1, 3]),
)
@settings(max_examples=30)
def test_an_augmented_picture_is_valid_and_depends_on_the_generator(seed, change, colours):
    given = picture(seed, colours)
    before = given.copy()
    found, again, other = (change(given, np.random.default_rng(s)) for s in (seed, seed, seed + 1))
    assert found.shape == given.shape
    assert found.dtype == np.float32
    assert 0 <= found.min() <= found.max() <= 1
    assert (found == again).all()
    assert (found != other).any()
    assert (given == before).all()


def test_half_of_the_faces_are_flipped():
    rng, given = np.random.default_rng(1), np.zeros((1, 16, 16), np.float32)
    given[:, :, :8] = 1.0
    found = [augment.augment_face(given, rng)[0] for _ in range(200)]
    flipped = sum(f[:, :4].mean() < f[:, -4:].mean() for f in found)
    assert 70 <= flipped <= 130


def test_a_quarter_turn_is_numpys():
    given = picture(3, height=9, width=9)
    found = augment.scale_and_rotate(given, scale=1.0, degrees=90.0)
    np.testing.assert_allclose(found, np.rot90(given, -1, axes=(1, 2)), atol=1e-5)


def test_twice_the_scale_shows_the_middle_half():
    ramp = np.tile(np.linspace(0, 1, 33, dtype=np.float32), (1, 33, 1))
    found = augment.scale_and_rotate(ramp, scale=2.0, degrees=0.0)
    np.testing.assert_allclose(found[0, 16], np.linspace(0.25, 0.75, 33), atol=1e-5)


def test_a_crop_is_a_proper_part():
    ramp = np.tile(np.linspace(0, 1, 32, dtype=np.float32), (1, 32, 1))
    spans = [np.ptp(augment.crop(ramp, np.random.default_rng(seed))[0, 16]) for seed in range(50)]
    assert 0.8 <= min(spans) < max(spans) <= 1.0


def test_noise_has_the_requested_deviation():
    grey = np.full((1, 100, 100), 0.5, np.float32)
    found = augment.add_noise(grey, np.random.default_rng(0), 0.02) - 0.5
    assert found.std() == pytest.approx(0.02, rel=0.05)


@given(st.integers(0, 40), st.integers(1, 12), st.integers(1, 12))
def test_windows_are_every_cut_that_fits(count, length, hop):
    values = np.arange(2 * count, dtype=np.float32).reshape(count, 2)
    found = augment.cut_windows(values, length, hop)
    expected = [values[a : a + length] for a in range(0, count, hop) if a + length <= count]
    assert len(found) == len(expected)
    assert all((a == b).all() for a, b in zip(found, expected, strict=True))


def test_windows_without_length_or_hop_are_refused():
    for length, hop in ((0, 1), (1, 0)):
        with pytest.raises(ValueError, match="at least 1"):
            augment.cut_windows(np.zeros((5, 1), np.float32), length, hop)
