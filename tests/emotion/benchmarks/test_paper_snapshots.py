"""The papers' tables on a snapshot: one paper, groups only, the same people, and what lacks."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from emotion.benchmarks.papers.__main__ import PERSONAL, withhold
from emotion.benchmarks.papers.paper_plan import CATALOGUE
from emotion.benchmarks.papers.snapshot_data import NoLabels, load_snapshot
from emotion.datasets.snapshot import Snapshot, dumps
from emotion.features.window import NAMES
from emotion.simulate import effects
from emotion.simulate.institution import make_snapshot, simulate_own_world

PEOPLE = 8


@pytest.fixture(scope="module")
def found():
    rng = np.random.default_rng(3)
    return make_snapshot(list(simulate_own_world(effects.load(), PEOPLE, rng=rng, group=4)))


def compute(paper, packed, out):
    words = [sys.executable, "-m", "emotion.benchmarks.papers", str(paper), "quick", str(out), "-"]
    return subprocess.run(words, input=packed, capture_output=True, check=False)


@pytest.fixture(scope="module", params=[1, 3])
def tables(request, found, tmp_path_factory):
    ended = compute(request.param, dumps(found), tmp_path_factory.mktemp("out"))
    assert ended.returncode == 0, ended.stderr.decode()[-2000:]
    return request.param, json.loads(ended.stdout.splitlines()[-1])["figures"]


def test_each_table_of_the_paper_is_computed_or_has_a_reason(tables):
    paper, figures = tables
    assert {row["paper"] for row in figures["rows"]} == {paper}
    assert {row["table"] for row in figures["rows"]} >= {n for k, n in CATALOGUE if k == paper}
    reasons = [row["not_run"] for row in figures["rows"] if "not_run" in row]
    assert reasons
    assert all(reason.endswith(".") for reason in reasons)


def test_scores_have_intervals_over_the_people_of_the_snapshot(tables):
    paper, figures = tables
    scores = [row for row in figures["rows"] if "folds" in row]
    assert len(scores) > 3 or paper == 1
    for row in scores:
        assert row["people"] == PEOPLE
        assert row["macro_f1"][1] <= row["macro_f1"][0] <= row["macro_f1"][2]
        told = ("SIMULATED", "held out", "not in the paper")
        assert any(words in row["differs"] for words in told)


def test_no_point_of_a_window_and_no_count_of_a_fold_is_given(tables):
    assert [row for row in tables[1]["rows"] if set(PERSONAL) & set(row)] == []


@pytest.mark.parametrize("name", PERSONAL)
def test_a_personal_row_is_replaced_by_its_reason(name):
    row = {"paper": 1, "table": "Figure 3", "row": "fold 1", name: [[1, 0], [0, 1]], "people": 2}
    given = withhold(row)
    assert name not in given
    assert (given["paper"], given["table"], given["extent"]) == (1, "Figure 3", "in part")
    assert given["not_run"].startswith("fold 1: ")


def test_a_row_of_groups_is_given_as_it_is():
    row = {"paper": 1, "table": "Table 1", "row": "Raw data", "counts": {"INTEREST": 9}}
    assert withhold(row) == row


def test_the_study_has_every_labelled_window_with_what_was_seen(found):
    data = load_snapshot(dumps(found))
    labelled = [example for example in found.examples if example.label in data.study.classes]
    assert len(data.study) == len(labelled)
    assert data.left_out == len(found.examples) - len(labelled)
    assert data.simulated
    seen = sorted({name for each in labelled for name in each.window.inputs})
    assert list(data.study.inputs) == [name for name in seen if name in NAMES]
    assert data.study.x.shape[-1] == sum(data.study.inputs.values())
    assert [data.study.classes[n] for n in data.study.labels] == [e.label for e in labelled]


def test_a_snapshot_without_labels_gives_the_reason_for_each_table(found, tmp_path):
    unsaid = tuple(replace(each, label=None, source="") for each in found.examples[:3])
    packed = dumps(Snapshot(unsaid))
    with pytest.raises(NoLabels):
        load_snapshot(packed)
    ended = compute(3, packed, tmp_path)
    rows = json.loads(ended.stdout.splitlines()[-1])["figures"]["rows"]
    assert {row["table"] for row in rows} == {name for paper, name in CATALOGUE if paper == 3}
    assert all("expected Windows with a label" in row["not_run"] for row in rows)


def test_bytes_that_are_no_snapshot_are_refused_with_a_sentence(tmp_path):
    ended = compute(3, b"no snapshot", tmp_path)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr.decode()
    assert ended.stderr
