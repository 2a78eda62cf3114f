"""`benchmark kt`: every model on unseen learners, by folds or in a test file."""

from __future__ import annotations

import json
from argparse import ArgumentParser

import numpy as np
import pytest

from emotion.benchmarks import CannotMeasure, _kt_rows, kt
from emotion.evaluation.splits import SharedPeople
from tests.fixtures.emotion.response_logs import make_log

QUICK = ("pfa", "best_lr", "hybrid")


def report(*arguments):
    parser = ArgumentParser()
    kt.add_arguments(parser)
    return kt.run(vars(parser.parse_args(arguments)), lambda line: None)


def write_log(file, log, prefix):
    lines = ["user_id\titem_id\ttimestamp\tcorrect\tskill_id"]
    for row, (user, item, correct) in enumerate(
        zip(log.users, log.items, log.correct, strict=True)
    ):
        skills = ",".join(str(skill) for skill in log.skills[[row]].indices)
        lines.append(f"{prefix}{user}\t{item}\t0\t{correct}\t{skills}")
    file.write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    at = tmp_path_factory.mktemp("kt")
    write_log(at / "preprocessed_data_train.csv", make_log(seed=1), "a")
    return at


@pytest.fixture(scope="module")
def folded_report(folder):
    return report("--data", str(folder), "--only", *QUICK)


def models(found):
    return {row["model"]: row for row in found.rows if "model" in row and "cold_start" not in row}


def test_every_requested_model_has_a_row_of_all_figures(folded_report):
    found = models(folded_report)
    assert list(found) == list(QUICK)
    for row in json.loads(json.dumps(found)).values():
        for figure in ("auc", "ece", "log_loss"):
            assert row[figure][1] <= row[figure][2]
        assert row["auc"][1] <= row["auc"][0] <= row["auc"][2]
        assert row["seconds"] > 0
        assert len(row["C"]) == _kt_rows.FOLDS
        assert set(row["C"]) <= set(_kt_rows.GRID)


def test_the_hybrids_gain_is_the_difference_of_the_areas(folded_report):
    found = models(folded_report)
    for name in ("pfa", "best_lr"):
        value, low, high = found[name]["hybrid_gain"]
        assert value == pytest.approx(found["hybrid"]["auc"][0] - found[name]["auc"][0])
        assert low <= value <= high
    assert "hybrid_gain" not in found["hybrid"]


def test_without_a_test_file_learners_are_left_out_by_folds(folded_report, folder):
    assert "5 folds by learner" in folded_report.protocol
    log = make_log(seed=1)
    assert f"{len(log)} answers of 40 learners" in folded_report.protocol


def test_a_test_file_is_only_tested_on(folder, tmp_path):
    train, test = make_log(seed=1), make_log(seed=2)
    write_log(tmp_path / "preprocessed_data_train.csv", train, "a")
    write_log(tmp_path / "preprocessed_data_test.csv", test, "b")
    found = report("--data", str(tmp_path), "--only", "pfa")
    assert "its own test learners" in found.protocol
    assert len(models(found)["pfa"]["C"]) == 1
    write_log(tmp_path / "preprocessed_data_test.csv", test, "a")
    with pytest.raises(SharedPeople):
        report("--data", str(tmp_path), "--only", "pfa")


def test_folds_leave_out_whole_learners(monkeypatch):
    """A model that remembers its training learners sees none of them in testing."""
    met = []

    class Memory:
        def fit(self, log):
            self.users = set(log.users.tolist())
            return self

        def predict_proba(self, log):
            met.append(self.users & set(log.users.tolist()))
            return np.stack([1 - log.users / 99, log.users / 99], axis=1)

    monkeypatch.setattr(_kt_rows, "MODELS", {"memory": lambda seed: Memory()})
    log = make_log()
    traced = _kt_rows.trace("memory", log, None, 0)
    assert met == [set()] * _kt_rows.FOLDS
    np.testing.assert_allclose(traced.chance, log.users / 99)


def test_one_live_answer_costs_less_than_its_goal(folded_report):
    (row,) = [row for row in folded_report.rows if "goal" in row]
    assert 0 < row["microseconds"] <= row["at_most"]


def test_a_cold_start_is_reported_beside_the_whole(folded_report):
    cold = [row for row in folded_report.rows if row.get("cold_start") == "first 5 answers"]
    assert [row["model"] for row in cold] == list(QUICK)
    log = make_log(seed=1)
    assert {row["answers"] for row in cold} == {min(5, len(log)) * len(np.unique(log.users))}
    gains = {row["model"]: row.get("hybrid_gain") for row in cold}
    assert gains["hybrid"] is None
    assert gains["pfa"][1] <= gains["pfa"][0] <= gains["pfa"][2]


def test_only_a_learners_first_answers_are_early():
    users = np.array([7, 7, 3, 7, 7, 7, 7, 3])
    assert _kt_rows.find_early(users).tolist() == [True, True, True, True, True, True, False, True]


def test_new_questions_are_those_without_training_answers(monkeypatch):
    class Half:
        def fit(self, log):
            return self

        def predict_proba(self, log):
            return np.full((len(log), 2), 0.5)

    monkeypatch.setattr(_kt_rows, "MODELS", {"half": lambda seed: Half()})
    train, test = make_log(seed=1), make_log(seed=2)
    known = train.take(np.flatnonzero(train.items < 5))
    traced = _kt_rows.trace("half", known, test, 0)
    np.testing.assert_array_equal(traced.is_new, ~np.isin(test.items, known.items))
    assert traced.is_new.any()
    assert not traced.is_new.all()


def test_fewer_turns_judge_fewer_learners_by_the_same_models(folder, folded_report):
    one = report("--data", str(folder), "--only", "pfa", "--turns", "1")
    assert "5 folds by learner, 1 of them judged" in one.protocol
    log = make_log(seed=1)
    whole, first = (_kt_rows.trace("pfa", log, None, 0, turns) for turns in (5, 1))
    judged = np.isin(log.users, first.users)
    assert len(np.unique(first.users)) == len(np.unique(log.users)) // 5
    np.testing.assert_array_equal(first.chance, whole.chance[judged])


def test_the_first_learners_of_a_log_can_be_taken_alone(folder):
    found = report("--data", str(folder), "--only", "pfa", "--learners", "20")
    assert " answers of 20 learners" in found.protocol


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CannotMeasure, match=r"preprocessed_data_train\.csv"):
        report("--data", str(tmp_path))
    with pytest.raises(CannotMeasure, match="got nothing"):
        report("--data", str(tmp_path), "--only", "nothing")
