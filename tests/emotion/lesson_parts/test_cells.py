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
    STEP,
    Disclosure,
    Source,
    add_cells,
    as_matrix,
    measure_spread,
    publish_cells,
)

DEEDS = Source("deeds", "hard", sensed=False, limit=4.0)
SENSING = Source("sensing", "hard", sensed=True, limit=1.0, spread=0.3)
PARTS = 8


def group(people, seed=0, mean=0.0):
    rng = np.random.default_rng(seed)
    return np.clip(rng.normal(mean, 0.3, (people, PARTS)), -0.5, 0.5)


@given(st.integers(0, 9), st.integers(0, 1000))
def test_fewer_sensed_learners_than_the_floor_never_leave(people, seed):
    assert publish_cells(group(people), SENSING, np.random.default_rng(seed)) is None


def test_noise_never_lifts_too_few_learners_over_the_floor():
    for seed in range(400):
        assert publish_cells(group(9), SENSING, np.random.default_rng(seed)) is None


@given(st.integers(0, 4), st.integers(0, 1000))
def test_fewer_learners_than_the_floor_never_leave(people, seed):
    assert publish_cells(group(people), DEEDS, np.random.default_rng(seed)) is None


def test_whether_they_leave_depends_on_the_noisy_number_too():
    shown = [
        publish_cells(group(10), SENSING, np.random.default_rng(seed)) is not None
        for seed in range(400)
    ]
    assert 0.04 < np.mean(shown) < 0.13


@given(st.integers(0, 1000))
def test_the_order_of_learners_changes_nothing(seed):
    found = group(30)
    ours, theirs = (
        publish_cells(each, SENSING, np.random.default_rng(seed)) for each in (found, found[::-1])
    )
    np.testing.assert_allclose(ours.means, theirs.means)


@given(st.integers(0, 1000))
def test_only_bands_and_steps_leave_of_sensing(seed):
    cells = publish_cells(group(40), SENSING, np.random.default_rng(seed))
    assert cells.n % BAND == 0
    np.testing.assert_allclose(np.round(cells.means / STEP) * STEP, cells.means)
    assert np.abs(cells.means).max() <= 0.5


def test_contrasts_over_the_bound_are_refused():
    with pytest.raises(ValueError, match=r"within 0\.5, got 0\.6"):
        publish_cells(np.full((10, PARTS), 0.6), DEEDS, np.random.default_rng(0))


@pytest.mark.parametrize("source", [DEEDS, SENSING])
@pytest.mark.parametrize("people", [20, 30, 100])
def test_the_stated_variance_is_that_of_the_errors(people, source):
    truth, errors, stated = 0.1, [], []
    for seed in range(600):
        rng = np.random.default_rng(seed)
        contrasts = np.clip(rng.normal(truth, 0.3, (people, PARTS)), truth - 0.4, truth + 0.4)
        cells = publish_cells(contrasts, source, rng)
        if cells is not None:
            errors.append(cells.means - truth)
            stated.append(cells.variances)
    ratio = np.mean(np.square(errors)) / np.mean(stated)
    assert 0.85 < ratio < 1.2


def test_noise_has_four_people_for_each_unit_of_influence():
    nothing = np.zeros((1000, PARTS))
    means = [
        publish_cells(nothing, SENSING, np.random.default_rng(n), Disclosure(step=0.0)).means
        for n in range(500)
    ]
    assert np.std(means) * 1000 == pytest.approx(SIGMA, rel=0.05)


def test_course_actions_have_no_noise():
    found = group(9)
    cells = publish_cells(found, DEEDS, np.random.default_rng(0))
    np.testing.assert_allclose(cells.means, found.mean(axis=0))
    assert cells.n == 9


def test_a_class_in_which_nobody_acted_is_not_taken_for_an_exact_one():
    cells = publish_cells(np.zeros((30, PARTS)), DEEDS, np.random.default_rng(0))
    assert (cells.variances > 0).all()
    assert measure_spread(group(200)) == pytest.approx(0.28, abs=0.03)


def test_without_noise_the_means_are_exact():
    found = group(7)
    cells = publish_cells(found, SENSING, np.random.default_rng(0), OPEN)
    np.testing.assert_allclose(cells.means, found.mean(axis=0))
    assert cells.n == 7


def test_lessons_add_up():
    first, second = (publish_cells(group(40, n), DEEDS, np.random.default_rng(n)) for n in (1, 2))
    both = add_cells(first, second)
    assert both.n == first.n + second.n
    assert (both.variances < np.minimum(first.variances, second.variances)).all()
    low, high = np.minimum(first.means, second.means), np.maximum(first.means, second.means)
    assert ((both.means >= low) & (both.means <= high)).all()


def test_cells_of_two_sources_are_not_added():
    first, second = (
        publish_cells(group(40), s, np.random.default_rng(1)) for s in (DEEDS, SENSING)
    )
    with pytest.raises(ValueError, match="expected cells of deeds, got sensing"):
        add_cells(first, second)


def test_a_source_that_was_not_published_has_no_precision():
    cells = publish_cells(group(40), DEEDS, np.random.default_rng(1))
    means, variances = as_matrix([cells, None])
    np.testing.assert_array_equal(means[1], 0.0)
    assert np.isinf(variances[1]).all()
