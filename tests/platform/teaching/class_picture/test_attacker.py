"""Who subtracts two pictures of a class learns nothing of the one who is in one of them (I-22).

The short form runs 500 classes of each kind and size, the long one 4,000; both are the same each
time, so that a figure can be looked up and no run is unlucky.
"""

from __future__ import annotations

import pytest

from tests.platform.teaching.class_picture.attacker import (
    KINDS,
    attack,
    forgetful,
    real,
    shared,
    weak,
)

SIZES = (28, 60, 120)
LEAST = 0.05


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_subtracting_tells_no_more_than_the_class_does(kind, n):
    found = attack(kind, n, real, trials=500)

    assert found.recovered <= found.chance + LEAST, found


@pytest.mark.long
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_nor_does_it_over_thousands_of_classes(kind, n):
    found = attack(kind, n, real, trials=4000)

    print(f"{kind} n={n}: {found}")
    assert found.recovered <= found.chance + LEAST, found


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_attacker_recovers_everybody_from_a_floor_alone(kind, n):
    """The planted wrong design: this attacker can find things."""
    found = attack(kind, n, weak, trials=100)

    assert found.recovered >= 0.99, found


def test_the_attacker_finds_noise_that_is_the_same_for_different_people():
    found = attack("absent", 28, shared, trials=300)

    assert found.recovered > found.chance + LEAST, found


def test_the_attacker_finds_noise_that_is_new_each_time():
    found = attack("repeats", 28, forgetful, trials=30, asks=300)

    assert found.recovered > found.chance + LEAST, found
