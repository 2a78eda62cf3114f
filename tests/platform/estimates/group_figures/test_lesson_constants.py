"""Noise, bands and floors of lesson parts are those of the platform's class pictures."""

from __future__ import annotations

import math

import pytest

from consent.legal_profiles import profiles
from emotion.lesson_parts import cells
from estimates.group_figures import noise, proportions


def test_the_number_of_learners_has_the_noise_and_margin_of_a_picture():
    assert noise.SIGMA == cells.SIGMA_NUMBER
    assert noise.MARGIN == cells.MARGIN
    assert proportions.BAND == cells.BAND


def test_no_bit_of_one_learner_is_guessed_more_often_than_from_a_picture_to_the_percent():
    picture = noise.STANDARD.cdf(math.sqrt(2) / (2 * noise.SIGMA))
    felt = noise.STANDARD.cdf(1 / (2 * cells.SIGMA))
    here = noise.STANDARD.cdf(math.hypot(1 / cells.SIGMA_NUMBER, math.sqrt(0.5) / cells.SIGMA) / 2)
    assert max(felt, here) == pytest.approx(picture, abs=0.001)


def test_the_floors_are_the_lowest_that_any_profile_has_outside_the_demo():
    found = [profiles.load_named(name) for name in profiles.NAMES if name != "demo"]
    assert min(each.floor_people for each in found) == cells.FLOOR_PEOPLE
    assert min(each.floor_biometric for each in found) == cells.FLOOR_BIOMETRIC


@pytest.mark.parametrize(
    ("pictures", "lessons", "stated"),
    [(1, 0, 0.549), (2, 0, 0.570), (20, 0, 0.710), (2, 1, 0.585), (4, 1, 0.609), (5, 1, 0.620)],
)
def test_pictures_and_lessons_of_one_learner_add_up_as_the_records_state(pictures, lessons, stated):
    """As docs/adr/0041 and 0099 state what anyone can guess from several publications."""
    together = math.sqrt(2 * pictures / noise.SIGMA**2 + lessons / cells.SIGMA**2)
    assert noise.STANDARD.cdf(together / 2) == pytest.approx(stated, abs=0.001)
