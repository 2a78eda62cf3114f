"""Classes drawn from contrasts that are known, and the figures of them."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.benchmarks.class_parts.contrasts import FilmContrasts, mix_worlds, permute_parts
from emotion.benchmarks.class_parts.draws import (
    ClassPlan,
    chance_of_place,
    draw_classes,
    estimate_draws,
    shuffle_parts,
)
from emotion.benchmarks.class_parts.figures import estimate_all, measure, rate_over_films
from emotion.benchmarks.class_parts.rows import fits_pool
from emotion.lesson_parts.evidence import share_contrasts
from emotion.lesson_parts.sources import AXES, SOURCES

FILMS, LEARNERS, DRAWS = 8, 240, 240
OPEN_100 = ClassPlan(100, noise=False)


def pool(shift, seed=0):
    """Return films whose planted part is `shift` standard errors of a learner above the others."""
    rng = np.random.default_rng(seed)
    films = []
    for part in range(FILMS):
        contrasts = {}
        for source in SOURCES:
            plain = rng.standard_normal((LEARNERS, 8))
            plain[:, part] += shift
            centred = source.spread * (plain - plain.mean(axis=1, keepdims=True))
            contrasts[source.axis, source.name] = (
                share_contrasts(plain) if source.sensed else centred
            )
        films.append(FilmContrasts(part, contrasts))
    return films


PLAIN, PLANTED = pool(0.0), pool(0.9)


def rate(values):
    return float(np.nanmean(values))


def estimate(films, plan=ClassPlan(), axis="hard", draws=DRAWS):  # noqa: B008
    return estimate_all(draw_classes(films, plan, draws, (1,)), films, axis)


def test_a_plant_in_everything_is_found_first():
    found = estimate(PLANTED)
    assert rate(found["all"].top1) > 0.95
    assert rate(found["all"].found) > 0.6
    assert rate(found["all"].wrong) < 0.05


@pytest.mark.parametrize(
    ("trace", "blind"), [("deeds only", "sensing"), ("sensing only", "deeds and reports")]
)
def test_a_trace_shows_only_where_it_is(trace, blind):
    found = estimate(mix_worlds(PLANTED, PLAIN, trace), OPEN_100)
    assert rate(found[blind].top1) < 0.3
    assert rate(found["all"].top1) > rate(found[blind].top1) + 0.4


def test_noise_hides_what_21_learners_felt_and_less_what_140_did():
    films = mix_worlds(PLANTED, PLAIN, "sensing only")
    few, many, open_ = (
        rate(estimate(films, plan)["sensing"].top1)
        for plan in (ClassPlan(), ClassPlan(200), ClassPlan(noise=False))
    )
    assert few < 0.5 < many
    assert open_ > 0.9


@pytest.mark.parametrize("axis", AXES)
def test_nothing_is_called_hard_or_boring_where_nothing_is_planted(axis):
    assert rate(estimate(PLAIN, axis=axis)["all"].alarm) < 0.06


def test_in_random_order_no_part_differs_and_sources_keep_what_they_share():
    (mixed, other) = permute_parts(PLANTED, 2, (1,))
    means = mixed.contrasts["hard", "actions"].mean(axis=0)
    assert np.ptp(means) < 0.03
    ours, theirs = (each.contrasts["hard", "deeds"] for each in (mixed, other))
    assert not np.array_equal(ours, theirs)
    np.testing.assert_allclose(np.sort(ours, axis=1), np.sort(theirs, axis=1))
    alike = FilmContrasts(0, dict.fromkeys(mixed.contrasts, PLANTED[0].contrasts["hard", "deeds"]))
    (moved,) = permute_parts([alike], 1, (1,))
    np.testing.assert_array_equal(*(moved.contrasts["hard", n] for n in ("actions", "sensing")))


@pytest.mark.parametrize("figure", ["covered", "covered_planted"])
def test_intervals_hold_the_mean_of_the_pool_at_the_planted_part_too(figure):
    measured = measure(PLANTED, "hard", ClassPlan(), 2 * DRAWS, (1,), coverage=True)
    assert measured.rate("all", figure)[0] == pytest.approx(0.8, abs=0.05)
    assert measured.rate("all", "ranks")[0] > 0.8


def test_coverage_is_empty_where_it_was_not_measured():
    measured = measure(PLANTED, "hard", ClassPlan(), 16, (1,))
    assert np.isnan(measured.rate("all", "covered")[0])


def test_shuffled_labels_are_found_by_chance():
    classes = shuffle_parts(draw_classes(PLANTED, ClassPlan(), 3 * DRAWS, (1,)), 0)
    found = estimate_all(classes, PLANTED, "hard")
    assert rate(found["all"].top1) == pytest.approx(1 / 8, abs=0.05)


def test_without_consent_sensing_guesses():
    classes = draw_classes(PLANTED, ClassPlan(consent=0.0), 40, (1,))
    found = estimate_draws(classes, PLANTED, "hard", ["sensing"])
    np.testing.assert_allclose(found.top1, 1 / 8)
    assert not found.alarm.any()
    assert np.isnan(found.covered).all()


def test_a_class_of_twelve_publishes_no_sensing_at_70_percent():
    for drawn in draw_classes(PLANTED, ClassPlan(12, 0.7), 50, (1,)):
        assert all(drawn.cells[axis, "sensing"] is None for axis in AXES)


def test_more_lessons_find_more():
    films = mix_worlds(PLANTED, PLAIN, "sensing only")
    few, many = (rate(estimate(films, ClassPlan(lessons=n))["all"].top1) for n in (1, 4))
    assert many > few


def test_both_axes_have_the_same_learners_and_noise_of_their_own():
    """Where contrasts are the same on both axes, deeds are too, and noise sets sensing apart."""
    same = [
        FilmContrasts(film.part, {key: film.contrasts["hard", key[1]] for key in film.contrasts})
        for film in PLAIN
    ]
    apart = []
    for drawn in draw_classes(same, ClassPlan(), 60, (1,)):
        deeds = [drawn.cells[axis, "actions"].means for axis in AXES]
        np.testing.assert_array_equal(*deeds)
        felt = [drawn.cells[axis, "sensing"] for axis in AXES]
        if all(felt):
            assert felt[0].n == felt[1].n
            apart.append([each.means * each.n for each in felt])
    hard, boring = np.array(apart).swapaxes(0, 1)
    assert abs(np.corrcoef(hard.ravel(), boring.ravel())[0, 1]) < 0.2
    assert np.std(hard - boring) > 4


@pytest.mark.parametrize(
    ("index", "part", "first", "three"),
    [([0, 0, 0, 0], 2, 0.25, 0.75), ([3, 2, 1, 0], 2, 0, 1), ([1, 1, 0, 0], 0, 0.5, 1)],
)
def test_equals_come_in_random_order(index, part, first, three):
    assert chance_of_place(np.array(index), part, 1) == first
    assert chance_of_place(np.array(index), part, 3) == three


def test_intervals_are_over_films_not_draws():
    films = np.repeat(np.arange(4), 100)
    values = (films < 2).astype(np.float64)
    mean, low, high = rate_over_films(values, films)
    assert mean == 0.5
    assert low < 0.1
    assert high > 0.9


def test_classes_that_the_pool_cannot_fill_have_no_row():
    assert fits_pool(ClassPlan(lessons=4), PLAIN)
    assert not fits_pool(ClassPlan(100, lessons=3), PLAIN)
