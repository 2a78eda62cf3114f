"""The noise of the class picture has the stated strength, is sticky, and is never shared."""

from __future__ import annotations

import math
from collections import Counter
from statistics import NormalDist, fmean, pstdev

import pytest

from estimates.group_figures.noise import (
    NO_NOISE,
    QUANTILE_80,
    SIGMA,
    SIGMA_COUNT,
    Noise,
    sticky_noise,
)
from vault import site_keys

SECRET = b"s" * 32


def draw_many(number=4000):
    return [Noise(str(k).encode()).people("CONFUSION") for k in range(number)]


def test_a_repeated_request_gives_the_same_noise():
    assert sticky_noise(SECRET, "cell", [1, 2]).people("x") == sticky_noise(
        SECRET, "cell", {2, 1}
    ).people("x")


@pytest.mark.parametrize(
    "other",
    [
        sticky_noise(b"t" * 32, "cell", [1, 2]),
        sticky_noise(SECRET, "cell 2", [1, 2]),
        sticky_noise(SECRET, "cell", [1, 2, 3]),
    ],
    ids=["site", "cell", "people"],
)
def test_another_site_another_cell_or_other_people_have_noise_of_their_own(other):
    assert other.people("x") != sticky_noise(SECRET, "cell", [1, 2]).people("x")


def test_each_number_of_a_cell_has_noise_of_its_own():
    noise = sticky_noise(SECRET, "cell", [1, 2])
    assert len({noise.people(name) for name in ("CONFUSION", "INTEREST", "abstain")}) == 3


def test_it_is_gaussian_noise_of_the_sigma_it_states():
    values = draw_many()

    assert abs(fmean(values)) < 0.3
    assert pstdev(values) == pytest.approx(SIGMA, rel=0.04)
    assert fmean(abs(value) <= QUANTILE_80 for value in values) == pytest.approx(0.8, abs=0.03)


def test_no_bit_of_one_person_is_guessed_better_than_55_times_in_100():
    """One bit moves the vector by at most sqrt(2), a report moves its number by 1."""
    assert NormalDist().cdf(math.sqrt(2) / 2 / SIGMA) < 0.55
    assert NormalDist().cdf(1 / 2 / SIGMA_COUNT) < 0.55


@pytest.mark.parametrize("numbers", [1, 2])
def test_the_person_who_makes_up_the_floor_is_visible_8_times_in_100(numbers):
    names = [f"number {n}" for n in range(numbers)]
    noises = [Noise(str(k).encode()) for k in range(4000)]
    seen = [sum(map(each.people, names)) >= each.margin(numbers) for each in noises]

    assert fmean(seen) == pytest.approx(0.08, abs=0.015)
    assert fmean(each.count() >= each.margin_of_count for each in noises) == pytest.approx(
        0.08, abs=0.015
    )


def test_a_draw_below_a_number_is_uniform():
    draw_many = Counter(Noise(str(k).encode()).draw_below("wait", 5) for k in range(4000))

    assert set(draw_many) == set(range(5))
    assert min(draw_many.values()) > 700


def test_simulated_people_need_none():
    assert (
        NO_NOISE.people("x"),
        NO_NOISE.count(),
        NO_NOISE.margin(),
        NO_NOISE.draw_below("x", 5),
    ) == (0, 0, 0, 0)


def test_the_secret_is_stored_in_the_keystore_and_differs_from_others():
    assert site_keys.picture_secret() == site_keys.picture_secret()
    assert site_keys.picture_secret() not in (site_keys.pepper(), site_keys.signing_seed())
