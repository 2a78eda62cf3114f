"""Curves of a card: right counts and rates, and nothing about a state of a few people."""

from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, roc_curve

from emotion.evaluation.metrics.classification import confusions
from emotion.training.state_curves import (
    LEAST_PEOPLE,
    bin_calibration,
    compare_with_video,
    count_confusions,
    count_real,
    measure_areas,
    measure_curves,
    predict_by_video,
    trace_roc,
)

NAMES = ("A", "B", "C")
SEED = 3


@pytest.fixture(scope="module")
def drawn():
    """Return probabilities, labels, people and videos; the video tells a part of the label."""
    rng = np.random.default_rng(0)
    people, videos = rng.integers(0, 20, 2000), rng.integers(0, 4, 2000)
    labels = (videos + rng.integers(0, 2, 2000)) % 3
    proba = rng.dirichlet([1, 1, 1], 2000)
    proba[np.arange(2000), labels] += 0.5
    return proba / proba.sum(axis=1, keepdims=True), labels, people, videos


def test_confusions_are_those_of_all_people_together(drawn):
    proba, labels, people, _videos = drawn
    guess = proba.argmax(axis=1)
    found = count_confusions(labels, guess, people, 3)
    assert found["counts"] == confusions(labels, guess, people, 3).sum(axis=0).astype(int).tolist()
    assert found["people"] == [20, 20, 20]


def test_a_state_of_too_few_people_is_left_out_everywhere(drawn):
    proba, labels, people, videos = drawn
    few = labels.copy()
    few[(labels == 2) & (people >= LEAST_PEOPLE - 1)] = 0
    few[(labels == 1) & (people == 0)] = 0
    found = count_confusions(few, proba.argmax(axis=1), people, 3)
    # B has one person less than A, and goes too: otherwise the total would tell C.
    assert [row is None for row in found["counts"]] == [False, True, True]
    assert found["people"] == [20, None, None]
    assert trace_roc(proba, few, people, NAMES).keys() == {"A"}
    areas = measure_areas({"": proba}, few, people, NAMES, SEED)
    gains = compare_with_video(proba, few, people, videos, NAMES, SEED)
    assert areas.keys() == {"auc_a"}
    assert gains.keys() == {"video_auc_a", "gain_over_video_a"}


def test_a_state_of_nobody_hides_no_other_one(drawn):
    proba, labels, people, _videos = drawn
    found = count_confusions(np.minimum(labels, 1), proba.argmax(axis=1), people, 3)
    assert found["people"] == [20, 20, None]


def test_real_people_are_counted_where_some_are_simulated():
    people = np.array([1, 1, 2, 3])
    assert count_real(people, frozenset({2})) == {"real_people": 2}
    assert count_real(people, frozenset({1, 2, 3})) == {}
    assert count_real(people, frozenset()) == {}


def test_a_bin_of_too_few_people_has_no_dot(drawn):
    proba, labels, people, _videos = drawn
    alone = np.minimum(people, LEAST_PEOPLE - 2)
    assert bin_calibration(proba, labels, alone, SEED) == []


def test_two_bins_are_left_out_where_one_has_too_few_people():
    """One alone could be computed: the card has the numbers of all Windows and people."""
    sure = np.repeat([0.55, 0.75, 0.95], [200, 300, 20])
    people = np.concatenate([np.arange(200) % 8, np.arange(300) % 9, np.arange(20) % 3])
    proba = np.stack([1 - sure, sure], axis=1)
    labels = np.ones(len(sure), np.int64)
    assert [each[2] for each in bin_calibration(proba, labels, people, SEED)] == [300]
    more = np.where(sure > 0.9, np.arange(len(sure)) % 6, people)
    assert [each[2] for each in bin_calibration(proba, labels, more, SEED)] == [200, 300, 20]


def test_calibration_of_honest_probabilities_lies_on_the_line():
    rng = np.random.default_rng(1)
    high = rng.uniform(0.5, 1, 20_000)
    labels = (rng.uniform(size=20_000) < high).astype(np.int64)
    people = np.arange(20_000) % 30
    bins = bin_calibration(np.stack([1 - high, high], axis=1), labels, people, SEED)
    assert len(bins) == 5
    for said, right, n, low, high_end, number in bins:
        assert said == pytest.approx(right, abs=0.03)
        assert low <= right <= high_end
        assert n > 1000
        assert number == 30


def test_calibration_counts_the_answers_given(drawn):
    proba, labels, people, _videos = drawn
    always = np.zeros(len(labels), np.int64)
    bins = bin_calibration(proba, labels, people, SEED, guess=always)
    total = sum(right * n for _said, right, n, *_span in bins) / sum(n for _s, _r, n, *_i in bins)
    assert total == pytest.approx((labels == 0).mean(), abs=0.02)


def test_a_curve_is_that_of_scikit_learn_at_our_thresholds(drawn):
    proba, labels, people, _videos = drawn
    false, hit, at = roc_curve(labels == 1, proba[:, 1], drop_intermediate=False)
    for threshold, ours_false, ours_hit in trace_roc(proba, labels, people, NAMES)["B"][1:-1]:
        last = np.flatnonzero(at >= threshold)[-1]
        assert (ours_false, ours_hit) == pytest.approx((false[last], hit[last]), abs=1e-4)


def test_areas_are_those_of_scikit_learn(drawn):
    proba, labels, people, _videos = drawn
    found = measure_areas({"": proba}, labels, people, NAMES, SEED)
    assert found["auc_a"][0] == pytest.approx(roc_auc_score(labels == 0, proba[:, 0]), abs=1e-4)
    assert found["auc_a"][1] < found["auc_a"][0] < found["auc_a"][2]


def test_the_video_alone_is_learned_from_other_people(drawn):
    proba, labels, people, videos = drawn
    found = compare_with_video(proba, labels, people, videos, NAMES, SEED)
    assert 0.6 < found["video_auc_a"][0] < 0.8
    assert found["gain_over_video_a"][1] > 0
    again = predict_by_video(labels, people, videos, 3)
    assert compare_with_video(again, labels, people, videos, NAMES, SEED)["gain_over_video_a"] == [
        0.0,
        0.0,
        0.0,
    ]


def test_a_person_tells_nothing_about_themselves():
    labels, people, videos = np.array([0, 0, 1]), np.array([0, 0, 1]), np.array([0, 1, 0])
    proba = predict_by_video(labels, people, videos, 2)
    assert proba[0, 1] > 0.5
    assert proba[1] == pytest.approx(proba[1].mean(), abs=0.2)
    assert proba.sum(axis=1) == pytest.approx(1)


def test_everything_fits_a_card(drawn):
    proba, labels, people, _videos = drawn
    found = measure_curves(proba, labels, people, NAMES, SEED, prefix="valence_")
    assert found.keys() == {"valence_confusion", "valence_roc", "valence_calibration"}
    assert json.loads(json.dumps(found)) == found
