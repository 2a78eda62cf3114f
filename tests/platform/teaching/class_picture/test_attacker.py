"""Subtracting two pictures of a class reveals nothing about a person in one of them (I-22).

The short form runs 500 classes of each kind and size, the long one 4,000. Both are deterministic,
so that figures can be looked up and no run fails by chance.
"""

from __future__ import annotations

import pytest

from tests.platform.teaching.class_picture.attacker import (
    KINDS,
    attack,
    publish_as_product,
    publish_exact_means,
    publish_fresh_noise,
    publish_shared_noise,
)

SIZES = (28, 60, 120)
LEAST = 0.05


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_subtracting_tells_no_more_than_the_class_does(kind, n):
    found = attack(kind, n, publish_as_product, trials=500)

    assert found.recovered <= found.chance + LEAST, found


@pytest.mark.long
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_subtracting_tells_no_more_over_thousands_of_classes(kind, n):
    found = attack(kind, n, publish_as_product, trials=4000)

    print(f"{kind} n={n}: {found}")
    assert found.recovered <= found.chance + LEAST, found


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_attacker_recovers_labels_protected_by_a_floor_alone(kind, n):
    """Planted wrong design: proves that this attacker can succeed."""
    found = attack(kind, n, publish_exact_means, trials=100)

    assert found.recovered >= 0.99, found


def test_the_attacker_finds_noise_that_is_the_same_for_different_people():
    found = attack("absent", 28, publish_shared_noise, trials=300)

    assert found.recovered > found.chance + LEAST, found


def test_the_attacker_finds_noise_that_is_new_each_time():
    found = attack("repeats", 28, publish_fresh_noise, trials=30, asks=300)

    assert found.recovered > found.chance + LEAST, found
