"""`benchmark wearable`: every row on simulated people, nobody both trained on and tested."""

from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import replace

import pytest

from emotion.benchmarks import wearable
from emotion.evaluation.splits import SharedPeople
from emotion.models.wearable import train as training
from emotion.training import recipe
from tests.fixtures.emotion.empatica_folders import study

QUICK = replace(
    recipe.read_shipped("wearable", training.WearableRecipe),
    opening_s=90.0,
    trees=5,
    leaf=2,
    inner=2,
    strength=0.05,
)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(recipe, "read_shipped", lambda *_: QUICK)


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    return study(tmp_path_factory.mktemp("a") / "a", people=3, seconds=390)


@pytest.fixture(scope="module")
def others(tmp_path_factory):
    return study(tmp_path_factory.mktemp("b") / "b", people=2, seconds=390, first=20)


def rows(data, test=None):
    options = {"data": data, "test": test, "nested": False, "also": []}
    report = wearable.run(options, lambda _: None)
    return report, {row["row"]: row for row in report.rows}


def test_it_requires_data_and_accepts_a_test_set():
    parser = ArgumentParser()
    wearable.add_arguments(parser)
    told = parser.parse_args(["--data", "a", "--test", "b"])
    assert (str(told.data), str(told.test)) == ("a", "b")
    with pytest.raises(SystemExit):
        parser.parse_args([])


def test_leave_one_person_out_fills_every_row(people):
    report, found = rows(people)
    assert "left out" in report.protocol
    assert {"time_only", "raw", "causal", "whole_session", "causal_without_ppg"} <= found.keys()
    assert {name for name, row in found.items() if not row["causal"]} == {"whole_session"}
    for name in ("time_only", "raw", "causal", "whole_session"):
        lo, hi = found[name]["time_matched_auc"][1:]
        assert lo <= hi
        assert 0 <= found[name]["answered"] <= 1
        assert found[name]["people"] == 3
    assert found["time_only"]["auc"][0] > 0.9  # everyone is stressed in the same minutes


def test_it_tests_on_another_data_set(people, others):
    report, found = rows(people, others)
    assert "trained on 3 people, tested on 2 others" in report.protocol
    assert found["causal"]["people"] == 2
    assert found["causal"]["auc"][0] > 0.6


def test_a_person_on_both_sides_is_refused(people):
    with pytest.raises(SharedPeople, match="S02"):
        rows(people, people)


def test_only_the_time_row_reads_the_clock(people):
    recipe = replace(QUICK, opening_s=90.0)
    data = training.make_table(training_people(people), recipe, say=lambda _: None)
    moved = replace(data, at_s=data.at_s[::-1].copy())
    for name, (before, _) in training.make_views(data).items():
        after = training.make_views(moved)[name][0]
        assert before.tobytes() == after.tobytes()


def training_people(root):
    from emotion.datasets.corpora import stress_predict

    return stress_predict.load(root)
