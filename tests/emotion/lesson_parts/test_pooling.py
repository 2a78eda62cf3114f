"""The pooled estimate: an exact posterior, few false alarms, and dead sources without weight."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from emotion.lesson_parts.cells import Source, SourceCells
from emotion.lesson_parts.pooling import (
    ALARMS,
    LOADING,
    TAU,
    Z80,
    bound_ranks,
    estimate_parts,
    find_threshold,
    learn_loadings,
    log_factors,
    rank_parts,
    score_parts,
)

PARTS = 4
SOURCES = (
    Source("deeds", "hard", sensed=False, limit=4.0),
    Source("sensing", "hard", sensed=True, limit=1.0, spread=0.3),
)


def cells(*means, variance=0.01):
    return [
        SourceCells(source, 30, np.array(each, float), np.full(len(each), variance))
        for source, each in zip(SOURCES, means, strict=True)
    ]


def integrate_factor(z):
    """Return B(z) by integrating over the size."""
    return quad(
        lambda h: 2 * norm.pdf(h, 0, TAU) * norm.pdf(z, h, 1) / norm.pdf(z, 0, 1), 0, np.inf
    )[0]


@pytest.mark.parametrize("z", [-4.0, -1.0, 0.0, 0.7, 2.0, 5.0])
def test_the_factor_is_the_integral_over_sizes(z):
    assert np.exp(log_factors(np.array(z))) == pytest.approx(integrate_factor(z), rel=1e-6)


def test_the_score_is_the_posterior_summed_over_every_state():
    """Enumerate loadings and which parts are unusual, with factors by quadrature."""
    z = np.array([[2.1, -0.4, 0.3, 0.2], [1.2, 0.8, -1.0, 0.1]])
    factors = np.array([[integrate_factor(each) for each in row] for row in z])
    weights = {True: np.zeros(PARTS), False: np.zeros(PARTS)}
    loaded = np.zeros(2)
    for state in range(2 ** (2 + PARTS)):
        bits = [bool(state >> n & 1) for n in range(2 + PARTS)]
        loading, unusual = np.array(bits[:2]), np.array(bits[2:])
        prior = np.where(loading, LOADING, 1 - LOADING).prod()
        prior *= np.where(unusual, 1 / PARTS, 1 - 1 / PARTS).prod()
        chance = prior * factors[np.ix_(loading, unusual)].prod()
        loaded += chance * loading
        for part in range(PARTS):
            weights[bool(unusual[part])][part] += chance
    found = score_parts(z)
    np.testing.assert_allclose(found.parts, np.log(weights[True] / weights[False]), rtol=1e-6)
    total = weights[True] + weights[False]
    np.testing.assert_allclose(found.loadings, loaded / total[0], rtol=1e-6)


def test_a_source_without_a_cell_changes_nothing():
    z = np.array([[2.1, -0.4, 0.3, 0.2]])
    padded = np.concatenate([z, np.zeros((1, PARTS))])
    np.testing.assert_allclose(score_parts(padded).parts, score_parts(z).parts)


@given(st.permutations(range(PARTS)))
def test_the_order_of_parts_changes_nothing(order):
    z = np.array([[2.1, -0.4, 0.3, 0.2], [1.2, 0.8, -1.0, 0.1]])
    np.testing.assert_allclose(score_parts(z[:, order]).parts, score_parts(z).parts[order])


@settings(max_examples=50)
@given(st.floats(0.0, 5.0), st.floats(0.1, 3.0))
def test_more_evidence_never_lowers_a_part(z, more):
    weak = np.array([[z, 0.0, 0.3, -0.2], [0.5, 0.1, 0.2, -0.1]])
    strong = weak.copy()
    strong[0, 0] += more
    assert score_parts(strong).parts[0] > score_parts(weak).parts[0]


def test_a_source_whose_parts_do_not_differ_loses_its_loading():
    z = np.stack([np.array([6.0, 0, 0, 0, 0, 0, 0, 0]), np.random.default_rng(0).normal(size=8)])
    deeds, sensing = score_parts(z).loadings
    assert deeds > 0.99
    assert sensing < 0.5


def test_earlier_lessons_teach_which_sources_show_anything():
    rng = np.random.default_rng(1)
    lessons = rng.standard_normal((20, 2, 8))
    lessons[:, 0, 3] += 3.0
    prior = learn_loadings(lessons, 2)
    deeds, sensing = score_parts(np.zeros((2, 8)) + 1e-9, prior).loadings
    assert deeds > 0.95
    assert sensing < 0.2


@pytest.mark.parametrize("sources", [1, 2, 3])
def test_few_lessons_without_a_difference_have_a_verdict(sources):
    z = np.random.default_rng(7).standard_normal((8000, sources, 8))
    alarms = (score_parts(z).parts.max(axis=1) > find_threshold(sources, 8)).mean()
    assert alarms == pytest.approx(ALARMS / 2, abs=0.006)


def test_a_hard_part_is_first_and_has_a_verdict_and_its_evidence():
    found = estimate_parts(cells([0.0, 0.45, 0.0, -0.1], [0.0, 0.1, 0.0, 0.0]))
    assert found.ranks.tolist().index(1) == 1
    assert found.unusual.tolist() == [False, True, False, False]
    assert found.evidence[0, 1] > found.evidence[1, 1]
    assert found.first[1] == 1
    assert found.last[1] == 1


def test_parts_that_do_not_differ_have_no_verdict_and_any_rank():
    found = estimate_parts(cells([0.05, 0.0, -0.05, 0.0], [0.0, 0.05, 0.0, -0.05]))
    assert not found.unusual.any()
    assert found.first.tolist() == [1] * 4
    assert found.last.tolist() == [4] * 4


def test_the_interval_has_the_width_of_all_cells_together():
    found = estimate_parts(cells([0.1] * 4, [0.2] * 4, variance=0.02))
    np.testing.assert_allclose(found.index, 0.15)
    np.testing.assert_allclose(found.high - found.low, 2 * Z80 * np.sqrt(0.01))


def test_a_lesson_with_sensing_below_the_floor_rests_on_deeds():
    deeds, _ = cells([0.0, 0.45, 0.0, -0.1], [0.0] * 4)
    with_none, alone = estimate_parts([deeds, None]), estimate_parts([deeds])
    np.testing.assert_allclose(with_none.score, alone.score)
    np.testing.assert_allclose(with_none.index, alone.index)
    np.testing.assert_array_equal(with_none.unusual, alone.unusual)


def test_rank_bounds_hold_the_true_ranks_at_least_as_often_as_they_say():
    rng, truth = np.random.default_rng(3), np.array([0.4, 0.2, 0.1, 0.0])
    errors = np.full(4, 0.1)
    inside = []
    for _ in range(1000):
        first, last = bound_ranks(truth + errors * rng.standard_normal(4), errors)
        inside.append((first <= rank_parts(truth)) & (rank_parts(truth) <= last))
    assert (np.mean(inside, axis=0) >= 0.8).all()
