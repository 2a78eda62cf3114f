"""The pooled estimate: one index for order, ranks, intervals and verdicts, and few false alarms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion.lesson_parts.cells import Source, SourceCells, publish_actions
from emotion.lesson_parts.evidence import exceed_rate, limit_contrasts, score_excess
from emotion.lesson_parts.pooling import (
    ALARMS,
    bound_ranks,
    estimate_parts,
    find_quantile,
    find_threshold,
    rank_parts,
    read_means,
)
from emotion.lesson_parts.sources import list_sources

PARTS = 4
SOURCES = (
    Source("deeds", "hard", sensed=False, size=0.1, spread=0.14, limit=3.0),
    Source("sensing", "hard", sensed=True, size=0.05, spread=0.14),
)


def cells(*means, variance=0.01):
    return [
        SourceCells(source, 30, np.array(each, float), np.full(len(each), variance), variance)
        for source, each in zip(SOURCES, means, strict=True)
    ]


def test_sources_are_pooled_in_units_of_their_size():
    same = estimate_parts(cells([0.1, -0.1, -0.1, 0.1], [0.05, -0.05, -0.05, 0.05]))
    np.testing.assert_allclose(same.index, [1, -1, -1, 1])


def test_what_sources_add_sums_to_the_index_and_their_weights_to_one():
    found = estimate_parts(cells([0.3, 0.1, 0, -0.1], [0.1, 0, 0.2, 0]))
    np.testing.assert_allclose(found.evidence.sum(axis=0), found.index)
    np.testing.assert_allclose(found.weights, [0.8, 0.2])


def test_a_noisy_source_counts_little():
    deeds, sensing = cells([0.1, 0, 0, 0], [0, 0.05, 0, 0])
    noisy = SourceCells(sensing.source, 30, sensing.means, sensing.variances * 100, 1.0)
    assert estimate_parts([deeds, noisy]).weights[1] < 0.01
    assert estimate_parts([deeds, noisy]).ranks[0] == 1


@given(st.lists(st.floats(-0.5, 0.5), min_size=8, max_size=8))
def test_ranks_intervals_and_verdicts_agree(values):
    means = np.reshape(values, (2, PARTS))
    found = estimate_parts(cells(*(means - means.mean(axis=1, keepdims=True)), variance=0.002))
    assert (found.first <= found.ranks).all()
    assert (found.ranks <= found.last).all()
    assert (found.low < found.index).all()
    assert not found.unusual.all()
    assert found.index[found.unusual].min(initial=np.inf) > found.index[~found.unusual].max()


@given(st.permutations(range(PARTS)))
def test_the_order_of_parts_changes_nothing_in_deeds(order):
    means = np.array([0.2, -0.1, 0.3, 0.2])
    before, after = (
        estimate_parts(cells(each, np.zeros(PARTS))[:1]) for each in (means, means[order])
    )
    np.testing.assert_allclose(after.index, before.index[order])


def test_a_lesson_backwards_has_the_same_estimates_backwards():
    means = np.array([[0.2, -0.1, 0.3, 0.2], [0.1, 0.08, -0.1, 0.1]])
    before, after = (estimate_parts(cells(*each)) for each in (means, means[:, ::-1]))
    np.testing.assert_allclose(after.index, before.index[::-1])


def test_what_grows_along_a_lesson_is_no_evidence_of_sensing_but_of_deeds():
    slope = np.linspace(-0.5, 0.5, 8)
    deeds, sensing = cells(slope, slope, variance=1e-4)
    assert not estimate_parts([None, sensing]).unusual.any()
    np.testing.assert_allclose(estimate_parts([None, sensing]).index, 0, atol=1e-12)
    assert estimate_parts([deeds, None]).unusual[-1]


def test_a_part_that_stands_out_of_a_slope_is_first():
    means = np.linspace(-0.3, 0.3, 8) + 0.2 * np.eye(8)[2]
    found = estimate_parts([None, cells(means, means, variance=1e-3)[1]])
    assert found.unusual.tolist() == [place == 2 for place in range(8)]


def test_sensing_of_two_parts_says_nothing():
    deeds, sensing = cells([0.1, -0.1], [0.4, -0.4])
    assert estimate_parts([None, sensing]) is None
    both, alone = estimate_parts([deeds, sensing]), estimate_parts([deeds, None])
    np.testing.assert_allclose(both.index, alone.index)
    assert both.weights.tolist() == [1, 0]


def draw_sensing(truth, draws, error=0.1):
    """Yield estimates from sensing whose centred means (8,) have errors of this size."""
    rng, (_, source) = np.random.default_rng(3), SOURCES
    for _ in range(draws):
        drawn = rng.standard_normal(8) * error
        means = truth + drawn - drawn.mean()
        variance = error**2 * 7 / 8
        yield estimate_parts([SourceCells(source, 500, means, np.full(8, variance), variance)])


def test_intervals_without_the_line_hold_the_truth_as_often_at_the_ends_as_in_the_middle():
    truth = read_means(SOURCES[1], np.array([0.2, 0, 0, 0.1, 0, -0.2, 0, 0])) / SOURCES[1].size
    held = [(each.low <= truth) & (truth <= each.high) for each in draw_sensing(truth * 0.05, 2000)]
    np.testing.assert_allclose(np.mean(held, axis=0), 0.8, atol=0.04)


def test_ranks_without_the_line_hold_the_true_ranks_at_least_as_often_as_they_say():
    truth = read_means(SOURCES[1], np.array([0.3, 0.1, 0, 0.1, 0.4, -0.2, 0, 0.3]))
    ranks = rank_parts(truth)
    held = [
        (each.first <= ranks) & (ranks <= each.last) for each in draw_sensing(truth, 1000, 0.05)
    ]
    assert (np.mean(held, axis=0) >= 0.8).all()


def test_few_learners_have_wider_intervals():
    few, many = (
        estimate_parts([SourceCells(SOURCES[0], n, np.zeros(4), np.full(4, 0.01), 0.01)])
        for n in (12, 1000)
    )
    widths = [found.high[0] - found.low[0] for found in (few, many)]
    assert widths[0] / widths[1] == pytest.approx(1.06, abs=0.01)


@pytest.mark.parametrize("parts", [4, 8, 20])
def test_few_lessons_without_a_difference_have_a_verdict(parts):
    rng = np.random.default_rng(7)
    errors = rng.standard_normal((20_000, parts))
    errors = (errors - errors.mean(axis=1, keepdims=True)) * np.sqrt(parts / (parts - 1))
    alarms = (errors.max(axis=1) > find_threshold(parts, 10_000)).mean()
    assert alarms == pytest.approx(ALARMS / 2, abs=0.005)


@pytest.mark.parametrize(("learners", "presses"), [(30, 2), (30, 5), (30, 30), (30, 150)])
def test_a_few_deeds_are_no_verdict(learners, presses):
    (source, *_) = list_sources("hard")
    alarms = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        counts = np.zeros((learners, 8))
        np.add.at(counts, (rng.integers(learners, size=presses), rng.integers(8, size=presses)), 1)
        scores = score_excess([exceed_rate(counts, np.full(8, 120.0))])
        found = publish_actions(limit_contrasts(scores, source.limit), source)
        alarms.append(estimate_parts([found]).unusual.any())
    assert np.mean(alarms) <= ALARMS / 2


def test_two_presses_are_no_verdict():
    (source, *_) = list_sources("hard")
    counts = np.zeros((30, 8))
    counts[:2, 3] = 1
    scores = score_excess([exceed_rate(counts, np.full(8, 120.0))])
    found = estimate_parts([publish_actions(limit_contrasts(scores, source.limit), source)])
    assert not found.unusual.any()
    assert found.ranks[3] == 1


def test_a_hard_part_is_first_and_has_a_verdict_and_its_evidence():
    found = estimate_parts(cells([-0.15, 0.45, -0.15, -0.15], [0.0, 0.1, -0.05, -0.05]))
    assert found.ranks.tolist().index(1) == 1
    assert found.unusual.tolist() == [False, True, False, False]
    assert found.evidence[0, 1] > found.evidence[1, 1]
    assert (found.first[1], found.last[1]) == (1, 1)


def test_sensing_alone_can_have_a_verdict():
    _, sensing = cells([0.0] * 4, [-0.1, 0.5, -0.1, -0.3])
    assert estimate_parts([None, sensing]).unusual.tolist() == [False, True, False, False]


def test_parts_that_do_not_differ_have_no_verdict_and_any_rank():
    found = estimate_parts(cells([0.05, 0.0, -0.05, 0.0], [0.0, 0.05, 0.0, -0.05]))
    assert not found.unusual.any()
    assert found.first.tolist() == [1] * 4
    assert found.last.tolist() == [4] * 4


def test_the_interval_has_the_width_of_all_cells_together():
    found = estimate_parts(cells([0.1] * 4, [0.2] * 4, variance=0.02))
    left = 1 - np.array([9, 1, 1, 9]) / 20 / (1 - 1 / 4)  # Of the variance of sensing.
    errors = np.sqrt(0.8**2 * 0.02 / 0.1**2 + left * 0.2**2 * 0.02 / 0.05**2)
    np.testing.assert_allclose(found.high - found.low, 2 * find_quantile(30) * errors)


def test_a_lesson_with_sensing_below_the_floor_rests_on_deeds():
    deeds, _ = cells([0.0, 0.45, 0.0, -0.1], [0.0] * 4)
    with_none, alone = estimate_parts([deeds, None]), estimate_parts([deeds])
    np.testing.assert_allclose(with_none.index, alone.index)
    np.testing.assert_array_equal(with_none.unusual, alone.unusual)
    np.testing.assert_array_equal(with_none.evidence[1], 0.0)


def test_a_class_that_publishes_nothing_has_no_estimates():
    assert estimate_parts([None, None]) is None


def test_a_published_source_whose_means_are_all_zero_still_counts():
    deeds, sensing = cells([0.2, 0, 0, -0.2], [0.0] * 4)
    assert estimate_parts([deeds, sensing]).index[0] < estimate_parts([deeds, None]).index[0]


@pytest.mark.parametrize("centred", [False, True])
def test_rank_bounds_hold_the_true_ranks_at_least_as_often_as_they_say(centred):
    rng, truth = np.random.default_rng(3), np.array([0.4, 0.2, 0.1, 0.0])
    inside = []
    for _ in range(1000):
        drawn = rng.standard_normal(4)
        drawn = (drawn - drawn.mean()) * np.sqrt(4 / 3) if centred else drawn
        first, last = bound_ranks(truth + 0.1 * drawn, np.full(4, 0.1))
        inside.append((first <= rank_parts(truth)) & (rank_parts(truth) <= last))
    assert (np.mean(inside, axis=0) >= 0.8).all()
