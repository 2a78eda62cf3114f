"""Training on wristbands: each person is tested with a model of the others, reproducibly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from emotion import artefacts
from emotion.datasets import stress_snapshot
from emotion.features.wearable import CUT_S
from emotion.models import open_artefact
from emotion.models.wearable.card import measure, train
from emotion.models.wearable.evaluation import WearableEvaluation
from emotion.models.wearable.predictor import columns, groups
from emotion.models.wearable.train import (
    WearableRecipe,
    WearableTable,
    fit_held_out,
    hide_stream,
    learn,
    make_views,
    predict_each,
)
from emotion.training.checkpoint import Work
from emotion.training.recipe import read_shipped
from emotion.training.resumable_jobs import Parts
from tests.fixtures.emotion.empatica_folders import study

RECIPE = replace(read_shipped("wearable", WearableRecipe), trees=10, leaf=3, inner=2, strength=0.05)


def make_planted(seed=0, people=4, each_=24, signal=1.5):
    """Return a table in which stress moves the pulse rate from the opening's and the recent one."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(people), each_)
    labels = np.tile(np.repeat([0, 1], each_ // 2), people)
    rows = rng.normal(0, 1, (len(who), len(columns())))
    for column in ("ppg.rate_from_opening", "ppg.rate_from_recent"):
        rows[:, columns().index(column)] += signal * labels
    rows[rng.random(rows.shape) < 0.05] = np.nan
    tasks = np.where(labels == 1, "stroop", "rest")
    at = np.tile(30.0 * np.arange(each_), people)
    return WearableTable(rows, labels, who, at, tasks, tuple(f"S{n:02d}" for n in range(people)))


@pytest.fixture(scope="module")
def data():
    return make_planted()


@pytest.fixture(scope="module")
def taught(data):
    return fit_held_out(data.rows, data, groups(), RECIPE)


def test_it_finds_a_planted_effect(data, taught):
    found = measure(data, *predict_each(taught, data.rows, data.people), RECIPE)
    assert found["auc"][0] > 0.7
    assert found["auc"][1] <= found["auc"][0] <= found["auc"][2]


def test_no_person_is_tested_with_a_model_of_their_own_windows(data, taught):
    changed = data.rows.copy()
    changed[data.people == 2] = 50.0
    others = fit_held_out(changed, data, groups(), RECIPE)[2]
    proba, _ = others.predict(data.rows)
    np.testing.assert_array_equal(proba, taught[2].predict(data.rows)[0])
    assert others.threshold == taught[2].threshold


def test_the_same_seed_gives_the_same_model(data, tmp_path):
    one, two = (
        learn(data.rows, data.labels, data.people, groups(), RECIPE).reader.pack() for _ in range(2)
    )
    assert artefacts.max_difference(one, two) == 0


def test_training_by_parts_gives_the_same_and_a_killed_one_resumes(data, taught, tmp_path):
    told, work = [], Work(tmp_path, "one")
    asked = WearableEvaluation(data, data.rows, groups(), RECIPE)
    said = asked.predict_new_people(Parts(work, told.append, 4))
    for ours, known in zip(said, predict_each(taught, data.rows, data.people), strict=True):
        np.testing.assert_array_equal(ours, known)
    assert told[-1] == "epoch 4 of 4: without-3"
    other = WearableEvaluation(make_planted(seed=9), data.rows, groups(), RECIPE)
    again = other.predict_new_people(Parts(work, told.append, 4))
    np.testing.assert_array_equal(again[0], said[0])


def test_a_random_split_has_people_on_both_sides_and_inflates_accuracy():
    """Every second person is nearly always stressed: only a model that saw them knows which."""
    data = make_planted(people=8, signal=0)
    often = np.random.default_rng(4).random(len(data.people)) < 0.9
    known = replace(data, labels=(data.people % 2 == often).astype(np.int64))
    rows = data.rows.copy()
    rows[:, :20] = data.people[:, None]  # only the person's identity
    asked, parts = (
        WearableEvaluation(known, rows, groups(), RECIPE),
        Parts(None, lambda _: None, 13),
    )
    found = asked.score_both_splits(asked.predict_new_people(parts), parts)
    assert found["leaky_macro_f1"][0] > found["macro_f1"][0] + 0.2


def test_no_column_is_time(data, taught):
    """A person's Windows in another order have the same P(stress), Window by Window."""
    order = np.random.default_rng(1).permutation(len(data.labels))
    shuffled = replace(data, at_s=data.at_s[order])
    proba = predict_each(taught, data.rows, data.people)[0]
    again = predict_each(
        fit_held_out(data.rows, shuffled, groups(), RECIPE), data.rows, data.people
    )[0]
    np.testing.assert_array_equal(again, proba)


def test_raw_rows_have_no_difference_from_the_opening(data):
    rows, group = make_views(data)["raw"]
    assert rows.shape[1] == len(group) == len(columns()) // 3


def test_the_whole_session_gives_each_person_mean_0_and_deviation_1(data):
    rows, _ = make_views(data)["whole_session"]
    own = rows[data.people == 1]
    np.testing.assert_allclose(np.nanmean(own, axis=0), 0, atol=1e-9)
    np.testing.assert_allclose(np.nanstd(own, axis=0), 1, atol=1e-9)


def test_a_missing_stream_is_not_read(data, taught):
    lost = data.rows.copy()
    lost[:, [n.startswith("eda.") for n in columns()]] = 9e9
    np.testing.assert_array_equal(
        np.isnan(hide_stream(lost, "eda")), np.isnan(hide_stream(data.rows, "eda"))
    )


def test_it_answers_about_the_requested_share(data, taught):
    _, sure, _ = predict_each(taught, data.rows, data.people)
    assert sure.mean() >= 0.75


def test_a_snapshot_and_the_opening_are_cut_as_the_recipe_says():
    recipe = read_shipped("wearable", WearableRecipe)
    cut = (recipe.opening_s, recipe.window_s, recipe.hop_s, recipe.judged_s)
    assert cut == (
        stress_snapshot.OPENING_S,
        stress_snapshot.WINDOW_S,
        stress_snapshot.HOP_S,
        stress_snapshot.JUDGED_S,
    )
    assert recipe.window_s == CUT_S


def test_training_again_gives_the_same_artefact(tmp_path):
    folder = study(tmp_path / "study", people=3, seconds=300)
    recipe = replace(RECIPE, opening_s=100.0, trees=4)
    paths = []
    for name in ("one", "two"):
        card, weights = train(folder, recipe, say=lambda _: None)
        paths.append(artefacts.save(tmp_path / name, card=card, weights=weights))
    assert paths[0].name == paths[1].name
    assert card["origin"] == "people"
    assert card["figures"]["people"] == 3
    assert "Talha Iqbal" in card["data"]
    assert open_artefact(paths[0]).opening_s == 100.0


def test_a_column_that_no_training_person_had_makes_no_stream_unfamiliar():
    """A Snapshot without the minutes before still gives a model that answers where they are."""
    data = make_planted()
    recent = np.array([name.endswith("_from_recent") for name in columns()])
    rows = np.where(recent, np.nan, data.rows)
    learned = learn(rows, data.labels, data.people, groups(), RECIPE)
    assert not learned.reader.find_unfamiliar(data.rows).all(axis=0).any()
    np.testing.assert_allclose(learned.reader.proba(data.rows), learned.reader.proba(rows))
