"""An attacker who knows everything but one bit hardly beats a coin on noisy figures."""

from __future__ import annotations

import random
from statistics import fmean

import pytest

from estimates.group_figures import noise
from estimates.group_figures.proportions import Floor
from teaching.effects import published_effects
from tools.inference_attack import noise_attack, scores

FLOOR = Floor(people=10, biometric=10, simulated=10)
VICTIMS = 12
# 1,200 guesses: two standard errors above the 55 % that 200 victims must stay under.
MOST = 0.58


def accuracy_on_pictures(publish) -> float:
    rng = random.Random(41)
    rooms = [noise_attack.draw_others(FLOOR, rng, victim) for victim in range(VICTIMS)]
    return fmean(noise_attack.accuracy(publish(others, FLOOR), rng) for others in rooms)


def accuracy_on_reports() -> float:
    rng = random.Random(9)
    rooms = [noise_attack.draw_reporters(FLOOR, victim) for victim in range(VICTIMS)]
    return fmean(
        noise_attack.accuracy(noise_attack.publish_reports(others, FLOOR), rng) for others in rooms
    )


@pytest.mark.parametrize("secret", noise_attack.PICTURED)
def test_a_picture_hides_each_bit(secret):
    assert accuracy_on_pictures(noise_attack.PICTURED[secret]) <= MOST


def test_a_count_of_reports_hides_each_press():
    assert accuracy_on_reports() <= MOST


@pytest.mark.parametrize("secret", noise_attack.PICTURED)
def test_with_less_noise_the_attacker_learns_each_bit(monkeypatch, secret):
    monkeypatch.setattr(noise, "SIGMA", 1.0)

    assert accuracy_on_pictures(noise_attack.PICTURED[secret]) > MOST


def test_with_less_noise_the_attacker_learns_who_pressed(monkeypatch):
    monkeypatch.setattr(noise, "SIGMA_COUNT", 1.0)

    assert accuracy_on_reports() > MOST


def test_the_attacker_wins_against_exact_figures():
    assert accuracy_on_pictures(noise_attack.publish_exact) == 1.0


@pytest.mark.parametrize("met", [True, False])
def test_an_effect_hides_each_decision(met):
    rng = random.Random(41)

    found = fmean(
        noise_attack.accuracy(noise_attack.publish_decision(rng, victim, met=met), rng)
        for victim in range(VICTIMS)
    )

    assert found <= MOST


def accuracy_on_wordings() -> float:
    rng = random.Random(41)
    return fmean(
        noise_attack.accuracy(noise_attack.publish_case(rng, victim), rng)
        for victim in range(VICTIMS)
    )


def test_a_comparison_of_wordings_hides_who_counts():
    assert accuracy_on_wordings() <= MOST


def test_with_less_noise_the_attacker_learns_who_counts_in_a_comparison(monkeypatch):
    """Rounding hides most of one person, so it is removed too."""
    monkeypatch.setattr(noise_attack, "LEANING", 0.1)
    monkeypatch.setattr(published_effects, "STEP", 0.01)

    assert accuracy_on_wordings() > MOST


def test_two_hundred_victims_whose_worlds_agree_bound_the_accuracy():
    assert scores.score_identity(0, 200).accuracy == 0.5
    assert 0.505 < scores.score_identity(0, 200).upper < 0.51
    assert scores.score_identity(200, 200).upper == 1.0
    assert scores.score_victims([0.5] * 200).upper == 0.5
