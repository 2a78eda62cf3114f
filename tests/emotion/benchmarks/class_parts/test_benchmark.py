"""`benchmark class` in its short form: all worlds with the shipped Predictor, on a few learners."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import replace

import numpy as np
import pytest

from emotion.benchmarks.class_parts import benchmark, pool
from emotion.models.crossmodal.head_finetune import base_folder
from emotion.simulate.planted_lesson import PARTS, LessonShape

CARD = pool.name_card(base_folder("prior"))
PLAN = pool.PoolPlan(2, 2, benchmark.SEED, LessonShape(), 10.0, CARD)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pools")


@pytest.fixture(scope="module")
def report(folder):
    parser = ArgumentParser()
    benchmark.add_arguments(parser)
    options = vars(parser.parse_args(["--quick", "--pools", str(folder)]))
    return benchmark.run(options, lambda line: None)


def test_the_report_says_simulated_and_its_numbers(report):
    assert report.protocol.startswith("SIMULATED learners only")
    assert "2 films x 2 learners" in report.protocol
    json.dumps(report.rows, allow_nan=False)


def test_every_goal_is_stated_whether_met_or_not(report):
    goals = [row["goal"] for row in report.rows if "goal" in row]
    assert sum("all not under deeds" in goal for goal in goals) == 6
    assert sum(goal.endswith(": top-1") for goal in goals) == 4
    assert sum("coverage" in goal for goal in goals) == 12
    assert sum("false alarms" in goal for goal in goals) == 2
    assert sum("text alone" in goal for goal in goals) == 2
    assert sum("sensing added" in str(row.get("finding")) for row in report.rows) == 6


def test_classes_that_the_pool_cannot_fill_are_named(report):
    missed = [row for row in report.rows if "not measured" in row]
    assert {row["learners"] for row in missed} == {12, 30, 100}


def test_pools_of_another_card_are_not_taken_for_this_ones(folder, tmp_path):
    (tmp_path / "prior-x").mkdir()
    (tmp_path / "prior-x" / "weights").write_bytes(b"other")
    other = replace(PLAN, card=pool.name_card(tmp_path / "prior-x"))
    assert other.name != PLAN.name
    with pytest.raises(AttributeError):  # There is no Predictor, and no file that would do.
        pool.load_pool(folder, None, pool.PoolWorld(), other, print)


def test_shuffled_labels_are_found_by_chance(report):
    found = [row["top1"][0] for row in report.rows if row.get("control") == "labels shuffled"]
    assert np.mean(found) == pytest.approx(1 / 8, abs=0.08)


def test_other_slopes_over_a_sitting_are_tried_on_both_axes(report):
    rows = [row for row in report.rows if str(row.get("control")).startswith("drift")]
    assert {row["kind"] for row in rows} == {"nothing", "hard", "boring"}
    for row in rows:
        if row["kind"] == "nothing":
            assert sum(row["first"]) == pytest.approx(1, abs=0.01)
    taken = {tuple(row["first"]) for row in rows if row["kind"] == "nothing"}
    assert len(taken) > 2


def test_a_pool_that_is_there_is_not_simulated_again(report, folder):
    world = pool.PoolWorld()
    (film, _) = pool.load_pool(folder, None, world, PLAN, print)
    assert film.deeds.shape == (2, PARTS, len(pool.DEEDS))
    assert film.proba.shape == (2, len(PLAN.starts), 6)
    np.testing.assert_allclose(film.proba.sum(axis=2), 1.0, rtol=1e-5)


def test_the_films_text_reaches_the_predictor_only_where_it_is_shown(report, folder):
    shown, masked = (
        pool.load_pool(folder, None, pool.PoolWorld("hard", 1.0, text), PLAN, print)[0]
        for text in ("shown", "masked")
    )
    np.testing.assert_array_equal(shown.deeds, masked.deeds)
    assert not np.allclose(shown.proba, masked.proba)
