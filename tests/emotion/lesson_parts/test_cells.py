"""Published cells: floors, noise of the stated size, bands and steps, and honest errors."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.lesson_parts.cells import (
    BAND,
    OPEN,
    SIGMA,
    SIGMA_NUMBER,
    STEP,
    Disclosure,
    Source,
    add_cells,
    publish_actions,
    publish_sensing,
)
from emotion.lesson_parts.evidence import share_contrasts

DEEDS = Source("deeds", "hard", sensed=False, size=0.05, spread=0.14, limit=3.0)
SENSING = [
    Source("sensing", axis, sensed=True, size=0.06, spread=0.14) for axis in ("hard", "boring")
]
PARTS = 8


def group(people, seed=0, shift=0.0):
    """Return contrasts (A, L, P) whose part 2 is `shift` errors above the others."""
    scores = np.random.default_rng(seed).standard_normal((2, people, PARTS))
    scores[..., 2] += shift
    return share_contrasts(scores)


def act(people, seed=0, shift=0.0):
    found = np.random.default_rng(seed).normal(0, 0.14, (people, PARTS))
    found[:, 2] += shift
    return found - found.mean(axis=1, keepdims=True)


NOISE = Disclosure()


def publish(contrasts, seed, rules=NOISE):
    return publish_sensing(contrasts, SENSING, np.random.default_rng(seed), rules)


@given(st.integers(0, 9), st.integers(0, 1000))
def test_fewer_sensed_learners_than_the_floor_never_leave(people, seed):
    assert publish(group(people), seed) is None


@given(st.integers(0, 4))
def test_fewer_learners_than_the_floor_never_leave(people):
    assert publish_actions(act(people), DEEDS) is None


def test_the_tenth_learner_is_seen_eight_times_in_a_hundred_on_both_axes_together():
    shown = [publish(group(10), seed) for seed in range(1500)]
    assert {len(each) for each in shown if each is not None} == {2}
    assert np.mean([each is not None for each in shown]) == pytest.approx(0.081, abs=0.02)


def test_both_axes_have_one_number_of_learners():
    for seed in range(50):
        hard, boring = publish(group(60), seed)
        assert hard.n == boring.n


def test_only_bands_and_steps_leave_of_sensing():
    for cells in publish(group(40), 3):
        assert cells.n % BAND == 0
        np.testing.assert_allclose(np.round(cells.means / STEP) * STEP, cells.means)


def test_contrasts_that_could_move_a_sum_more_are_refused():
    signed = np.zeros((2, 20, PARTS))
    signed[..., 0], signed[..., 1] = 0.7, -0.7
    with pytest.raises(ValueError, match=r"expected shares of length 0\.5"):
        publish(signed, 0)


@pytest.mark.parametrize("people", [30, 100])
def test_the_stated_variance_of_deeds_is_that_of_the_errors(people):
    errors, stated = [], []
    for seed in range(600):
        cells = publish_actions(act(people, seed, 0.2), DEEDS)
        errors.append(cells.means - (np.eye(PARTS)[2] - 1 / PARTS) * 0.2)
        stated.append(cells.variances)
    assert np.mean(np.square(errors)) / np.mean(stated) == pytest.approx(1, abs=0.15)


def test_a_part_with_more_spread_has_a_wider_error():
    found = act(200)
    found[:, 5] *= 3
    cells = publish_actions(found, DEEDS)
    assert cells.variances[5] > 4 * cells.variances[0]


@pytest.mark.parametrize(
    ("people", "rules"),
    [(25, NOISE), (100, NOISE), (150, Disclosure(step=0.06))],
    ids=["few", "many", "rounding"],
)
def test_the_stated_variance_of_sensing_is_that_of_the_errors(people, rules):
    truth = group(20_000, 99, 1.0).mean(axis=1)
    errors, stated = [], []
    for seed in range(700):
        published = publish(group(people, seed, 1.0), seed, rules)
        for cells, mean in zip(published or (), truth if published else (), strict=True):
            errors.append(cells.means - mean)
            stated.append(cells.variances)
    assert 0.8 < np.mean(np.square(errors)) / np.mean(stated) < 1.15


def test_a_number_with_noise_makes_large_means_less_certain():
    hard, _ = publish(group(30, 1, 6.0), 4)
    assert hard.variances[2] > 1.1 * hard.alike
    assert hard.variances[2] - hard.alike == pytest.approx(
        (hard.means[2] * SIGMA_NUMBER / (hard.n + BAND / 2)) ** 2
    )


def test_noise_has_four_people_for_each_unit_of_influence_and_parts_sum_to_nothing():
    nothing = np.zeros((2, 1000, PARTS))
    means = np.array(
        [[c.means for c in publish(nothing, n, Disclosure(step=0.0))] for n in range(400)]
    )
    np.testing.assert_allclose(means.sum(axis=2), 0.0, atol=1e-12)
    expected = SIGMA * np.sqrt(1 - 1 / PARTS)
    assert np.std(means) * 1000 == pytest.approx(expected, rel=0.05)
    assert abs(np.corrcoef(means[:, 0].ravel(), means[:, 1].ravel())[0, 1]) < 0.1


def test_noise_is_not_cut_off():
    """A cut at the largest true mean would make a verdict from sensing alone impossible."""
    found = [publish(group(20, n, 9.0), n) for n in range(400)]
    largest = max(cells[0].means.max() for cells in found if cells is not None)
    assert largest > 0.75


def test_course_actions_have_no_noise():
    found = act(9)
    cells = publish_actions(found, DEEDS)
    np.testing.assert_allclose(cells.means, found.mean(axis=0))
    assert cells.n == 9


def test_a_class_in_which_nobody_acted_is_not_taken_for_an_exact_one():
    cells = publish_actions(np.zeros((30, PARTS)), DEEDS)
    assert (cells.variances > 0).all()
    assert cells.alike == pytest.approx(DEEDS.spread**2 / 30)


def test_without_noise_the_means_are_exact():
    found = group(7)
    for cells, contrasts in zip(publish(found, 0, OPEN), found, strict=True):
        np.testing.assert_allclose(cells.means, contrasts.mean(axis=0))
        assert cells.n == 7


def test_groups_count_by_their_learners():
    quiet, busy = np.zeros((30, PARTS)), act(10, shift=0.4)
    both = add_cells(publish_actions(quiet, DEEDS), publish_actions(busy, DEEDS))
    everyone = np.concatenate([quiet, busy]).mean(axis=0)
    assert both.n == 40
    np.testing.assert_allclose(both.means, everyone)
    assert both.alike < publish_actions(quiet, DEEDS).alike


def test_cells_of_two_sources_are_not_added():
    with pytest.raises(ValueError, match="expected cells of deeds, got sensing"):
        add_cells(publish_actions(act(40), DEEDS), publish(group(40), 1)[0])
