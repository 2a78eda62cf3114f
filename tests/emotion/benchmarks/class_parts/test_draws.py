"""Classes drawn from contrasts that are known, and the figures of them."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.benchmarks.class_parts.contrasts import FilmContrasts, mix_worlds
from emotion.benchmarks.class_parts.draws import (
    ClassPlan,
    chance_of_place,
    draw_cells,
    estimate_draws,
    shuffle_parts,
)
from emotion.benchmarks.class_parts.figures import estimate_all, rate_over_films
from emotion.benchmarks.class_parts.rows import fits_pool
from emotion.lesson_parts.sources import SOURCES

FILMS, LEARNERS, DRAWS = 8, 120, 400


def pool(shift, seed=0):
    """Return films whose planted part is `shift` of the bound above the others."""
    rng = np.random.default_rng(seed)
    films = []
    for part in range(FILMS):
        contrasts = {}
        for source in SOURCES:
            plain = rng.normal(0.0, 0.4 if source.sensed else 0.2, (LEARNERS, 8))
            plain[:, part] += shift if source.sensed else shift / 3
            contrasts[source.axis, source.name] = np.clip(plain, -0.5, 0.5)
        films.append(FilmContrasts(part, contrasts))
    return films


PLAIN, PLANTED = pool(0.0), pool(0.4)


def rate(values):
    return float(np.nanmean(values))


def test_a_plant_in_everything_is_found_first():
    cells = draw_cells(PLANTED, "hard", ClassPlan(), DRAWS, (1,))
    found = estimate_all(cells)
    assert rate(found["all"].top1) > 0.9
    assert rate(found["all"].top1) >= rate(found["sensing"].top1)


@pytest.mark.parametrize(
    ("trace", "blind"), [("deeds only", "sensing"), ("sensing only", "deeds and reports")]
)
def test_a_trace_shows_only_where_it_is(trace, blind):
    cells = draw_cells(mix_worlds(PLANTED, PLAIN, trace), "hard", ClassPlan(), DRAWS, (1,))
    found = estimate_all(cells)
    assert rate(found[blind].top1) < 0.25
    assert rate(found["all"].top1) > 0.22


def test_nothing_is_called_hard_where_nothing_is_planted():
    cells = draw_cells(PLAIN, "hard", ClassPlan(), DRAWS, (1,))
    assert rate(estimate_all(cells)["all"].alarm) < 0.06


@pytest.mark.parametrize("learners", [30, 100])
def test_intervals_hold_the_mean_of_the_pool(learners):
    cells = draw_cells(PLANTED, "hard", ClassPlan(learners, again=True), DRAWS, (1,))
    assert rate(estimate_all(cells)["all"].covered) == pytest.approx(0.8, abs=0.04)


def test_shuffled_labels_are_found_by_chance():
    cells = shuffle_parts(draw_cells(PLANTED, "hard", ClassPlan(), DRAWS, (1,)), 0)
    assert rate(estimate_all(cells)["all"].top1) == pytest.approx(1 / 8, abs=0.05)


def test_without_consent_sensing_guesses():
    cells = draw_cells(PLANTED, "hard", ClassPlan(consent=0.0), DRAWS, (1,))
    found = estimate_draws(cells, ["sensing"])
    np.testing.assert_allclose(found.top1, 1 / 8)
    assert not found.alarm.any()
    assert np.isnan(found.covered).all()


def test_a_class_of_twelve_publishes_no_sensing_at_70_percent():
    cells = draw_cells(PLANTED, "hard", ClassPlan(12, 0.7), 50, (1,))
    sensed = [source.sensed for source in cells.sources]
    assert np.isinf(cells.variances[:, sensed]).all()


def test_more_lessons_find_more():
    few, many = (
        draw_cells(
            mix_worlds(PLANTED, PLAIN, "sensing only"), "hard", ClassPlan(lessons=n), DRAWS, (1,)
        )
        for n in (1, 4)
    )
    assert rate(estimate_all(many)["all"].top1) > rate(estimate_all(few)["all"].top1)


def test_both_axes_have_the_same_learners_and_noise_of_their_own():
    hard, boring = (draw_cells(PLAIN, axis, ClassPlan(), 50, (1,)) for axis in ("hard", "boring"))
    noise = [(cells.means - cells.truth)[:, 0].ravel() for cells in (hard, boring)]
    assert abs(np.corrcoef(*noise)[0, 1]) < 0.2


def test_equals_come_in_random_order():
    scores = np.array([[0.0, 0, 0, 0], [3, 2, 1, 0], [1, 1, 0, 0]])
    parts = np.array([2, 2, 0])
    np.testing.assert_allclose(chance_of_place(scores, parts, 1), [0.25, 0, 0.5])
    np.testing.assert_allclose(chance_of_place(scores, parts, 3), [0.75, 1, 1])


def test_intervals_are_over_films_not_draws():
    films = np.repeat(np.arange(4), 100)
    values = (films < 2).astype(np.float64)
    mean, low, high = rate_over_films(values, films)
    assert mean == 0.5
    assert low < 0.1
    assert high > 0.9


def test_classes_that_the_pool_cannot_fill_have_no_row():
    assert fits_pool(ClassPlan(lessons=4), PLAIN)
    assert not fits_pool(ClassPlan(100, lessons=2), PLAIN)
