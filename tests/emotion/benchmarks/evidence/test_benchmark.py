"""`benchmark evidence`: sets are recognised, and one that is not there is said to be missing."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import replace

import pytest

from emotion.benchmarks import CannotMeasure
from emotion.benchmarks.evidence import benchmark, judging
from emotion.evidence import read_evidence
from emotion.models.wearable.train import WearableRecipe
from emotion.training import recipe
from tests.fixtures.emotion import evidence_sets as made
from tests.fixtures.emotion.empatica_folders import study

ALL = {
    "stress-predict", "keyboard", "mouse-online", "mouse-lab", "sb-sat", "vreed", "wesad", "eeg",
}  # fmt: skip
QUICK = replace(
    recipe.read_shipped("wearable", WearableRecipe),
    opening_s=90.0,
    trees=5,
    leaf=2,
    inner=2,
    strength=0.05,
)


@pytest.fixture(autouse=True)
def small_forest(monkeypatch):
    monkeypatch.setattr(judging, "TREES", 10)


def run(folder, **more):
    options = {"data": folder, "seed": 1, "shuffles": 3, "table": None, **more}
    return benchmark.run(options, lambda _: None)


def test_what_is_there_is_measured_and_the_rest_is_not_measured_here(tmp_path):
    made.write_keyboard(tmp_path / "a" / "deep", slower=0.3)
    report = run(tmp_path)
    measured = {row["state"]: row for row in report.rows if "not_measured" not in row}
    assert measured.keys() == {"valence", "arousal"}
    assert measured["arousal"]["auc"][0] > 0.9
    missing = {row["set"] for row in report.rows if "not_measured" in row}
    assert missing == ALL - {"keyboard"}
    assert all(row["licence"] for row in report.rows)


def test_the_wristband_is_judged_on_people_that_no_choice_saw(tmp_path, monkeypatch):
    monkeypatch.setattr(recipe, "read_shipped", lambda *_: QUICK)
    study(tmp_path / "sp", people=4, seconds=390, first=14)  # S14 to S17
    (row,) = (row for row in run(tmp_path).rows if "not_measured" not in row)
    assert (row["set"], row["stream"], row["people"]) == ("stress-predict", "wristband", 2)
    assert row["auc"][0] > 0.6
    assert row["matched_auc"][1] <= row["matched_auc"][2]


def test_people_on_whom_the_recipe_was_settled_are_not_counted_alone(tmp_path):
    study(tmp_path / "sp", people=3, seconds=390)
    assert {row["set"] for row in run(tmp_path).rows if "not_measured" in row} == ALL


def test_the_page_reads_what_the_benchmark_writes(tmp_path):
    made.write_keyboard(tmp_path / "data", slower=0.3)
    table = tmp_path / "evidence.json"
    report = run(tmp_path / "data", table=table)
    assert json.loads(table.read_text()) == report.rows
    found = read_evidence(table)
    assert [each.state for each in found.measured] == ["valence", "arousal"]
    assert set(found.missing) == ALL - {"keyboard"}


def test_too_few_people_are_refused_by_name(tmp_path):
    made.write_wesad(tmp_path, people=4)
    with pytest.raises(CannotMeasure, match="at least 5 people"):
        run(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CannotMeasure, match="expected a folder"):
        run(tmp_path / "none")


def test_it_requires_data():
    parser = ArgumentParser()
    benchmark.add_arguments(parser)
    assert parser.parse_args(["--data", "x"]).seed == benchmark.SEED
    with pytest.raises(SystemExit):
        parser.parse_args([])
