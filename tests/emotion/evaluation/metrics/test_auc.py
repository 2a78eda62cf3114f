"""Areas under the curve: equal to scikit-learn's, and not improved by knowing only the time."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from emotion.evaluation.metrics.auc import Pairs, auc, auc_gain, auc_score, matched_pairs, pairs


def draw_scores(seed, people=5, each=40):
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), each)
    truth = rng.integers(0, 2, len(who))
    return truth, np.round(rng.normal(truth, 1.5), 1), who, np.tile(30.0 * np.arange(each), people)


@pytest.mark.parametrize("seed", range(5))
def test_the_plain_area_equals_scikit_learns(seed):
    truth, score, who, _ = draw_scores(seed)
    assert auc(pairs(truth, score, who)) == pytest.approx(roc_auc_score(truth, score))


@pytest.mark.parametrize("seed", range(3))
def test_the_matched_area_compares_two_people_at_about_the_same_time(seed):
    truth, score, who, at = draw_scores(seed, people=3, each=15)
    won = made = 0.0
    for i in np.flatnonzero(truth == 1):
        for j in np.flatnonzero(truth == 0):
            if who[i] != who[j] and abs(at[i] - at[j]) <= 60:
                made += 1
                won += 1.0 if score[i] > score[j] else 0.5 if score[i] == score[j] else 0.0
    found = matched_pairs(truth, score, who, at)
    assert found.count.sum() == made
    assert auc(found) == pytest.approx(won / made)


def test_a_clock_scores_at_chance_in_matched_time_but_not_in_the_plain_area():
    at = np.tile(30.0 * np.arange(60), 6)
    who = np.repeat(np.arange(6), 60)
    truth = (at >= 900 + 30 * who).astype(int)  # all in the same order, some slightly later
    assert auc(pairs(truth, at, who)) > 0.97
    assert auc(matched_pairs(truth, at, who, at, within_s=0)) == 0.5


def test_people_drawn_twice_count_as_two_people():
    truth, score, who, _ = draw_scores(1, people=2, each=8)
    found = pairs(truth, score, who)
    twice = np.concatenate([np.arange(len(who)), np.flatnonzero(who == 1)])
    weights = np.array([1.0, 2.0])
    own = Pairs(*(weights[:, None] * table * weights for table in (found.wins, found.count)))
    assert auc(own) == pytest.approx(roc_auc_score(truth[twice], score[twice]))


def test_the_interval_is_over_people_and_contains_the_area():
    truth, score, who, _ = draw_scores(2, people=12)
    made = auc_score(pairs(truth, score, who), rng=np.random.default_rng(0))
    assert made.lo < made.value < made.hi
    fewer = who < 4
    small = pairs(truth[fewer], score[fewer], who[fewer])
    few = auc_score(small, rng=np.random.default_rng(0))
    assert few.hi - few.lo > 0
    assert made == auc_score(pairs(truth, score, who), rng=np.random.default_rng(0))


def test_the_gain_of_a_score_over_itself_is_zero():
    truth, score, who, _ = draw_scores(3)
    found = pairs(truth, score, who)
    same = auc_gain(found, found, rng=np.random.default_rng(0))
    assert (same.value, same.lo, same.hi) == (0, 0, 0)
    with pytest.raises(ValueError, match="same comparisons"):
        auc_gain(found, pairs(1 - truth, score, who), rng=np.random.default_rng(0))


def test_without_a_comparison_there_is_no_area():
    nobody = matched_pairs(np.array([1, 0]), np.zeros(2), np.array([4, 4]), np.zeros(2))
    assert np.isnan(auc_score(nobody, rng=np.random.default_rng(0)).value)
