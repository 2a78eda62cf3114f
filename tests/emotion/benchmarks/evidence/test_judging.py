"""A table is judged on people left out of every choice, against a baseline and shuffled labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion.benchmarks.evidence import judging
from emotion.benchmarks.evidence.judging import judge, predict_left_out, shuffle_labels
from emotion.benchmarks.evidence.tables import EvidenceTable, compare_with_own, label_above_own


@pytest.fixture(autouse=True)
def small_forest(monkeypatch):
    monkeypatch.setattr(judging, "TREES", 10)


def make_table(signal=1.5, known=0.0, people=12, each=10, seed=0):
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), each)
    labels = rng.integers(0, 2, len(who))
    rows = rng.normal(0, 1, (len(who), 4))
    rows[:, 0] += signal * labels
    context = rng.normal(0, 1, (len(who), 1)) + known * labels[:, None]
    return EvidenceTable("typing", "arousal", rows, labels, who, context, "task")


def test_a_planted_trace_is_found_and_its_figures_are_complete():
    found = judge(make_table(), seed=1, shuffles=19)
    assert found["auc"][0] > 0.75
    assert found["auc"][1] <= found["auc"][0] <= found["auc"][2]
    assert found["p"] == 0.05
    assert abs(found["shuffled_auc"] - 0.5) < 0.1
    assert found["people"] == 12
    assert found["gain"][1] > 0


def test_without_a_trace_it_is_near_chance():
    found = judge(make_table(signal=0.0, people=20), seed=1, shuffles=19)
    assert found["auc"][1] < 0.5 < found["auc"][2] + 0.03
    assert found["p"] > 0.05


def test_what_is_known_without_the_sensor_is_taken_off():
    found = judge(make_table(signal=0.0, known=3.0), seed=1, shuffles=0)
    assert found["known_auc"][0] > 0.9
    assert found["gain"][2] < 0
    assert found["p"] is None


def test_knowing_nothing_is_a_coin_toss_whatever_share_the_others_have():
    table = make_table()
    rng = np.random.default_rng(5)
    labels = (rng.random(len(table.labels)) < rng.random(12)[table.people]).astype(np.int64)
    nothing = np.zeros((len(labels), 0))
    found = judge(replace(table, labels=labels, known=nothing), seed=1, shuffles=0)
    assert found["known_auc"] == [0.5, 0.5, 0.5]


@pytest.mark.parametrize("person", [0, 5])
def test_no_person_is_judged_by_a_model_that_saw_them(person):
    table = make_table()
    before = predict_left_out(table.rows, table.labels, table.people, 1)
    own = table.people == person
    labels = np.where(own, 1 - table.labels, table.labels)
    after = predict_left_out(table.rows, labels, table.people, 1)
    np.testing.assert_array_equal(before[own], after[own])
    assert not np.array_equal(before[~own], after[~own])


def test_the_model_is_chosen_without_the_people_left_out(monkeypatch):
    seen = []
    real = judging.choose_model
    monkeypatch.setattr(
        judging, "choose_model", lambda rows, labels, who, seed: seen.append(set(who.tolist()))
        or real(rows, labels, who, seed),
    )  # fmt: skip
    table = make_table()
    predict_left_out(table.rows, table.labels, table.people, 1)
    assert len(seen) == judging.OUTER
    left_out = [set(range(12)) - each for each in seen]
    assert set.union(*left_out) == set(range(12))
    assert sum(map(len, left_out)) == 12


def test_labels_are_shuffled_within_each_person():
    table = make_table()
    found = shuffle_labels(table.labels, table.people, np.random.default_rng(3))
    for person in range(12):
        own = table.people == person
        assert sorted(found[own]) == sorted(table.labels[own])
    assert not np.array_equal(found, table.labels)


def test_labels_of_people_who_have_only_one_are_shuffled_between_them():
    people = np.repeat(np.arange(8), 3)
    labels = np.repeat([0, 1] * 4, 3)
    found = shuffle_labels(labels, people, np.random.default_rng(1))
    assert all(len(set(found[people == person].tolist())) == 1 for person in range(8))
    assert found.sum() == labels.sum()
    assert not np.array_equal(found, labels)


def test_the_same_seed_gives_the_same_figures():
    table = make_table()
    assert judge(table, 4, 3) == judge(table, 4, 3)


def test_a_persons_usual_is_their_own_alone():
    people = np.repeat([0, 1], 3)
    rows = np.array([[1.0], [2.0], [3.0], [10.0], [np.nan], [12.0]])
    own = compare_with_own(rows, people)[:, 1]
    np.testing.assert_array_equal(own, [-1, 0, 1, -1, np.nan, 1])
    assert label_above_own(rows[:, 0], people).tolist() == [0, -1, 1, 0, -1, 1]


def test_an_unknown_feature_is_neither_high_nor_low():
    table = make_table()
    rows = table.rows.copy()
    rows[::3, 1] = np.nan
    found = judge(replace(table, rows=rows), seed=1, shuffles=0)
    assert found["missing_values"] == pytest.approx(1 / 12, abs=0.01)
    assert found["auc"][0] > 0.75
