"""Nested judgement of the wristband: no choice sees the person it is made for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion.benchmarks import _wristband_nested
from emotion.benchmarks._wristband_nested import (
    TODAY,
    VARIANTS,
    Variant,
    choose_variant,
    judge_people,
    make_nested_rows,
    score_variants,
    select_columns,
)
from emotion.models.wearable.predictor import columns
from emotion.models.wearable.train import WearableRecipe, WearableTable
from emotion.training.recipe import read_shipped

RECIPE = replace(read_shipped("wearable", WearableRecipe), trees=8, leaf=3, inner=2, strength=0.05)
PEOPLE, EACH = 5, 24


def make_table(seed=0, column="ppg.rate_from_recent", signal=2.5):
    """Return people whose stress shows in one column alone."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(PEOPLE), EACH)
    labels = np.tile(np.repeat([0, 1], EACH // 2), PEOPLE)
    rows = rng.normal(0, 1, (len(who), len(columns())))
    rows[:, columns().index(column)] += signal * labels
    at = np.tile(30.0 * np.arange(EACH), PEOPLE)
    tasks = np.where(labels == 1, "stroop", "rest")
    return WearableTable(rows, labels, who, at, tasks, tuple(f"S{n:02d}" for n in range(PEOPLE)))


def spoil(table, person):
    """Return the table with one person's labels turned round and features far away."""
    own = table.people == person
    rows, labels = table.rows.copy(), table.labels.copy()
    rows[own], labels[own] = -rows[own] + 40, 1 - labels[own]
    return replace(table, rows=rows, labels=labels)


@pytest.fixture
def two(monkeypatch):
    monkeypatch.setattr(_wristband_nested, "VARIANTS", VARIANTS[:2])


def test_ten_ways_are_compared_and_todays_is_the_first():
    assert len(VARIANTS) == len({each.name for each in VARIANTS}) == 10
    assert VARIANTS[0] is TODAY


def test_the_way_that_tells_most_is_chosen(two):
    assert choose_variant(make_table(), 0, RECIPE).name == "recent minutes"


@pytest.mark.parametrize("person", range(3))
def test_a_choice_never_learns_from_the_person_left_out(monkeypatch, person):
    """Each score of each variant is the same, whatever that person's rows and labels are."""
    monkeypatch.setattr(_wristband_nested, "VARIANTS", (VARIANTS[1], VARIANTS[5], VARIANTS[7]))
    table = make_table(signal=0.7)
    scores = score_variants(table, person, RECIPE)
    assert score_variants(spoil(table, person), person, RECIPE) == scores
    assert score_variants(table, person + 1, RECIPE) != scores


def test_a_person_is_judged_by_models_of_others_alone(two):
    table = make_table()
    whole = judge_people(table, RECIPE, lambda _: None)["nested"]
    spoiled = spoil(table, 2)
    kept = replace(spoiled, rows=table.rows)  # only the labels differ
    again = judge_people(kept, RECIPE, lambda _: None)["nested"]
    own = table.people == 2
    np.testing.assert_array_equal(whole.proba[own], again.proba[own])
    assert not np.array_equal(whole.proba[~own], again.proba[~own])


def test_votes_are_of_the_past_alone():
    table = make_table()
    proba = np.random.default_rng(3).random(len(table.labels))
    variant = Variant("vote", ("",), votes=3)
    before = _wristband_nested._vote(variant, table, proba)
    np.testing.assert_allclose(before[::EACH], proba[::EACH])  # the first has no other to vote
    later = proba.copy()
    later[EACH - 1] = 0.99
    after = _wristband_nested._vote(variant, table, later)
    changed = np.flatnonzero(before != after)
    assert changed.tolist() == [EACH - 1]
    shuffled = np.random.default_rng(1).permutation(len(proba))
    moved = replace(
        table,
        people=table.people[shuffled],
        at_s=table.at_s[shuffled],
        rows=table.rows[shuffled],
        labels=table.labels[shuffled],
    )
    np.testing.assert_allclose(
        _wristband_nested._vote(variant, moved, proba[shuffled]), before[shuffled]
    )


def test_columns_that_tell_people_apart_are_dropped_by_the_training_people_alone():
    table = make_table()
    rows = table.rows.copy()
    telling = columns().index("eda.log_level")
    rows[:, telling] += 20 * table.people
    table = replace(table, rows=rows)
    variant = Variant("without", ("",), dropped=1 / 3)
    kept = select_columns(variant, table, np.arange(len(rows)))
    assert telling not in kept
    everything = select_columns(replace(variant, dropped=0.0), table, np.arange(len(rows)))
    assert telling in everything
    assert len(kept) == round(len(everything) * 2 / 3)
    alone = np.flatnonzero(table.people < 2)
    far = replace(table, rows=np.where(table.people[:, None] > 1, 1e6, rows))
    np.testing.assert_array_equal(
        select_columns(variant, far, alone), select_columns(variant, table, alone)
    )


def test_the_rows_give_the_gain_on_the_same_people(two):
    table = make_table()
    rows = make_nested_rows(judge_people(table, RECIPE, lambda _: None), table, RECIPE, ["S01"])
    assert [row["row"] for row in rows] == [
        "today", "nested", "gain", "today (S01)", "nested (S01)", "gain (S01)",
    ]  # fmt: skip
    today, nested, gain = rows[:3]
    assert gain["auc"][0] == pytest.approx(nested["auc"][0] - today["auc"][0], abs=2e-4)
    assert gain["auc"][0] > 0.1
    assert nested["chosen"] == {"recent minutes": PEOPLE}
    assert rows[4]["people"] == 1
