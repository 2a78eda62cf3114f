"""What one learner can do to all published sums of sensing together, and what a guess can gain."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr

from emotion.lesson_parts.cells import FLOOR_BIOMETRIC, MARGIN, SIGMA, SIGMA_NUMBER, publish_sensing
from emotion.lesson_parts.evidence import share_contrasts
from emotion.lesson_parts.sources import (
    AXES,
    SOURCES,
    LessonWindows,
    make_contrasts,
    score_estimates,
)

PARTS, EACH = 8, 4
WINDOWS = PARTS * EACH
LABELS = ("CONFUSION", "FRUSTRATION", "BOREDOM", "DISTRACTION", "INTEREST")
FELT = [source for source in SOURCES if source.sensed]
MOST = 0.55
# The mean of so many guesses in each of two worlds has a standard error of .0035.
GUESSES = 10_000


def feel(confused, bored, abstain=None):
    """Return the contrasts (A, P) of one learner from the Windows' probabilities."""
    proba = np.zeros((1, WINDOWS, len(LABELS)))
    proba[0, :, 0], proba[0, :, 2] = confused, bored
    proba[0, :, 4] = 1 - confused - bored
    windows = LessonWindows(
        proba=proba,
        abstain=np.zeros((1, WINDOWS), bool) if abstain is None else abstain[None],
        labels=LABELS,
        minutes=2.0 + np.arange(WINDOWS),
        parts=np.repeat(np.arange(PARTS), EACH),
        phases=np.zeros(WINDOWS, np.int64),
    )
    found = make_contrasts(score_estimates(windows))
    return np.stack([found[axis, "sensing"][0] for axis in AXES])


def draw_learner(rng):
    """Return a learner with something in few or many parts, and Windows that abstain."""
    sharp = rng.choice([0.2, 1.0, 6.0])
    confused, bored = (
        np.repeat(0.5 * rng.random(PARTS) ** sharp, EACH) * rng.random(WINDOWS) ** 0.1
        for _ in range(2)
    )
    return feel(confused, bored, rng.random(WINDOWS) < rng.choice([0.0, 0.3, 0.8]))


def guess(number, sums):
    """Return how often a guess is right between two worlds that differ by so much."""
    return float(ndtr(0.5 * np.hypot(number / SIGMA_NUMBER, sums / SIGMA)))


def climb(gain, start, steps=3000, seed=0):
    """Return the largest value of `gain` that small random steps reach."""
    rng, best, at = np.random.default_rng(seed), gain(start), start
    for _ in range(steps):
        nearby = at + rng.normal(0, 0.5, at.shape) * (rng.random(at.shape) < 0.2)
        if (found := gain(nearby)) > best:
            best, at = found, nearby
    return best


@given(st.integers(0, 2**32 - 1))
def test_no_change_of_windows_moves_all_sums_together_by_more_than_one(seed):
    rng = np.random.default_rng(seed)
    first, second = draw_learner(rng), draw_learner(rng)
    moved = np.linalg.norm(np.nan_to_num(first) - np.nan_to_num(second))
    assert moved <= 1 + 1e-9


def test_the_worst_two_learners_differ_by_one_and_no_search_finds_worse():
    def differ(scores):
        return float(np.linalg.norm(np.subtract(*share_contrasts(scores))))  # (2, A, P)

    found = climb(differ, np.random.default_rng(1).standard_normal((2, 2, PARTS)))
    assert 0.97 < found <= 1 + 1e-9


def test_one_axis_moves_by_less():
    def differ(scores):
        return float(np.linalg.norm(np.subtract(*share_contrasts(scores))))

    found = climb(differ, np.random.default_rng(1).standard_normal((2, PARTS)))
    assert 0.68 < found <= np.sqrt(0.5) + 1e-9
    assert guess(0, found) < 0.536


def test_presence_moves_the_number_and_every_sum_by_what_is_stated():
    def length(scores):
        return float(np.linalg.norm(share_contrasts(scores)))

    found = climb(length, np.random.default_rng(1).standard_normal((2, PARTS)))
    assert found <= np.sqrt(0.5)
    assert guess(1, found) < MOST


def test_no_guess_from_one_publication_is_right_more_often_than_stated():
    assert guess(0, 1) == pytest.approx(0.5497, abs=1e-4)
    assert guess(1, np.sqrt(0.5)) == pytest.approx(0.5496, abs=1e-4)
    shown_at_the_floor = 1 - ndtr(MARGIN)
    assert 0.5 + shown_at_the_floor / 2 < MOST


def test_a_learner_without_usable_windows_does_not_count():
    nobody = feel(np.full(WINDOWS, 0.2), np.full(WINDOWS, 0.2), np.ones(WINDOWS, bool))
    assert np.isnan(nobody).all()
    someone = feel(np.linspace(0, 0.4, WINDOWS), np.linspace(0.4, 0, WINDOWS))
    few = np.stack([someone] * (FLOOR_BIOMETRIC - 1) + [nobody] * 20)
    enough = np.stack([someone] * 60)
    for seed in range(50):
        assert publish(few, seed) is None
        assert alike(publish(np.concatenate([enough, nobody[None]]), seed), publish(enough, seed))


def publish(contrasts, seed):
    return publish_sensing(contrasts.swapaxes(0, 1), FELT, np.random.default_rng(seed))


def alike(ours, theirs):
    return all(
        one.n == other.n and np.array_equal(one.means, other.means)
        for one, other in zip(ours, theirs, strict=True)
    )


def test_a_part_without_windows_has_no_contrast():
    scores = np.array([[2.0, 0.0, np.nan, -1.0]])
    contrasts = share_contrasts(scores)
    assert contrasts[0, 2] == pytest.approx(0)
    assert contrasts[0, 0] > 0 > contrasts[0, 1]
    assert np.isnan(share_contrasts(np.array([[2.0, np.nan, np.nan]]))).all()


@pytest.mark.parametrize("case", ["another feeling", "presence"])
def test_an_attacker_who_knows_everyone_else_guesses_little(case):
    """Guess by the likelier of two worlds, from what is published, in the worst case found."""
    others = np.stack([draw_learner(np.random.default_rng(n)) for n in range(90)])
    others = others[~np.isnan(others).any(axis=(1, 2))][:60]  # So many are always published.
    one = share_contrasts(np.eye(PARTS)[[0, 0]])
    two = share_contrasts(np.eye(PARTS)[[1, 1]])
    worlds = (
        np.concatenate([others, one[None]]),
        np.concatenate([others, two[None]]) if case == "another feeling" else others,
    )
    right = [
        value == (which == 0)
        for which, world in enumerate(worlds)
        for seed in range(GUESSES)
        for value in [_guess_first(publish(world, seed + GUESSES * which), worlds)]
    ]
    assert MOST - 0.02 < np.mean(right) < MOST + 0.005


def _guess_first(cells, worlds):
    """Return whether the published cells are likelier in the first world."""
    if cells is None:
        return len(worlds[0]) == len(worlds[1])
    means = np.stack([each.means for each in cells])
    number = cells[0].n + 2.5
    fit = [
        ((means * number - world.sum(axis=0)) ** 2).sum() / SIGMA**2
        + ((number - len(world)) / SIGMA_NUMBER) ** 2
        for world in worlds
    ]
    return fit[0] < fit[1]
