"""The noise of the class picture: of the strength it says, sticky, and never shared."""

from __future__ import annotations

import math
from statistics import fmean, median

import pytest

from teaching.picture.noise import (
    COUNT_AT_MOST,
    EPSILON,
    EPSILON_COUNT,
    NONE,
    QUANTILE_80,
    Noise,
    sticky,
)
from vault import keystore

SECRET = b"s" * 32


def drawn(number=4000):
    return [Noise(str(k).encode()).people("CONFUSION") for k in range(number)]


def test_asking_again_gives_the_same():
    assert sticky(SECRET, "cell", [1, 2]).people("x") == sticky(SECRET, "cell", {2, 1}).people("x")


@pytest.mark.parametrize(
    "other",
    [
        sticky(b"t" * 32, "cell", [1, 2]),
        sticky(SECRET, "cell 2", [1, 2]),
        sticky(SECRET, "cell", [1, 2, 3]),
    ],
    ids=["site", "cell", "people"],
)
def test_another_site_another_cell_or_other_people_have_noise_of_their_own(other):
    assert other.people("x") != sticky(SECRET, "cell", [1, 2]).people("x")


def test_each_number_of_a_cell_has_noise_of_its_own():
    noise = sticky(SECRET, "cell", [1, 2])
    assert len({noise.people(name) for name in ("CONFUSION", "INTEREST", "abstain")}) == 3


def test_it_is_laplace_noise_of_the_epsilon_it_states():
    values = drawn()

    assert abs(median(values)) < 0.2
    assert fmean(map(abs, values)) == pytest.approx(1 / EPSILON, rel=0.08)
    assert fmean(abs(value) <= QUANTILE_80 for value in values) == pytest.approx(0.8, abs=0.03)


def test_one_person_changes_the_chance_of_no_number_by_more_than_epsilon():
    """Two-sided geometric: the chance of neighbours differs by e^epsilon at most, counted here."""
    counts = [Noise(str(k).encode()).count("stuck") for k in range(20_000)]
    chance = {n: counts.count(n) / len(counts) for n in range(-2, 3)}

    for n in range(-2, 2):
        assert chance[n] / chance[n + 1] <= 1.15 * math.exp(EPSILON_COUNT)
        assert chance[n + 1] / chance[n] <= 1.15 * math.exp(EPSILON_COUNT)


def test_a_count_is_never_more_than_a_band_off():
    counts = {Noise(str(k).encode()).count("stuck") for k in range(5000)}

    assert (min(counts), max(counts)) == (-COUNT_AT_MOST, COUNT_AT_MOST)


def test_simulated_people_need_none():
    assert (NONE.people("x"), NONE.count("x")) == (0, 0)


def test_the_secret_lasts_in_the_keystore_and_is_no_other_secret():
    assert keystore.picture_secret() == keystore.picture_secret()
    assert keystore.picture_secret() not in (keystore.pepper(), keystore.signing_seed())
