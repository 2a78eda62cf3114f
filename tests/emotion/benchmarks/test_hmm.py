"""`benchmark hmm`: the next event of unseen learners."""

from __future__ import annotations

import json
from argparse import ArgumentParser

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from emotion.behaviour.video_log import EVENTS
from emotion.benchmarks import CannotMeasure, _hmm_rows, hmm
from tests.fixtures.emotion.video_logs import learners, log, statement, write_statements


def report(*arguments):
    parser = ArgumentParser()
    hmm.add_arguments(parser)
    return hmm.run(vars(parser.parse_args(arguments)), lambda line: None)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setattr(_hmm_rows, "COUNTS", (2, 4))
    yield report("--data", str(log(tmp_path_factory.mktemp("log"), count=30)))
    patch.undo()


def models(found):
    return {row["model"]: row for row in found.rows if "model" in row}


def test_every_model_has_a_row_of_all_figures(found):
    rows = json.loads(json.dumps(models(found)))
    assert list(rows) == [
        "unigram", "markov1", "markov2", "markov3", "hmm2", "hmm4", "hmm", "hybrid",
    ]  # fmt: skip
    for row in rows.values():
        value, low, high = row["perplexity"]
        assert 1 < low <= value <= high
        assert row["seconds"] > 0
    assert rows["hmm4"]["perplexity"][0] < rows["unigram"]["perplexity"][0]


def test_no_model_is_tested_on_a_training_learner(monkeypatch):
    people = learners(20, 1)

    class Uniform:
        def __init__(self, others):
            self.others = {id(each) for each in others}

        def chances(self, learner):
            assert id(learner) not in self.others
            assert len(self.others) == 16
            return np.full((len(learner.kind), len(EVENTS)), 1 / len(EVENTS))

    monkeypatch.setattr(
        _hmm_rows, "_fit_models", lambda others, seed: [("unigram", Uniform(others), [], 0.0)]
    )
    told = _hmm_rows.evaluate_models(people, hmm.FOLDS, 0, lambda line: None)["unigram"]
    expected = [len(each.kind) * np.log(1 / len(EVENTS)) for each in people]
    np.testing.assert_allclose(told.log_chance, expected)


def test_the_number_of_states_is_chosen_in_each_fold(found):
    for name in ("hmm", "hybrid"):
        states = models(found)[name]["states"]
        assert len(states) == hmm.FOLDS
        assert set(states) <= {2, 4}
    assert models(found)["hmm2"]["states"] == []


def test_of_unigram_is_the_ratio_to_its_perplexity(found):
    rows = models(found)
    assert rows["unigram"]["of_unigram"] == [1, 1, 1]
    for row in rows.values():
        assert row["of_unigram"][0] == pytest.approx(
            row["perplexity"][0] / rows["unigram"]["perplexity"][0]
        )


def test_the_goal_is_shown_with_the_result(found):
    goal = next(row for row in found.rows if "goal" in row)
    assert goal["at_most"] == 4.04
    assert goal["perplexity"] == models(found)["hybrid"]["perplexity"]
    assert goal["of_hmm4"][1] <= goal["of_hmm4"][0] <= goal["of_hmm4"][2]


def test_the_protocol_describes_the_measurement(found):
    assert "of 30 learners with at least 5" in found.protocol
    assert "that learner's earlier events alone" in found.protocol


def test_it_reports_how_well_stamps_order_a_session(tmp_path):
    """One day's clock continues from where the days were drawn."""
    rows = [
        statement(
            f"p{person}",
            ("played", "paused")[person % 2],
            at=60.0 * step + 86400.0 * (step % 2),
            position=step,
        )
        for person in range(15)
        for step in range(6)
    ]
    patch = pytest.MonkeyPatch()
    patch.setattr(_hmm_rows, "COUNTS", (2, 4))
    check = next(
        r for r in report("--data", str(write_statements(tmp_path, rows))).rows if "check" in r
    )
    patch.undo()
    assert check["by_time_of_day"] == 1
    assert check["by_stamp"] == pytest.approx(4 / 5)


def test_too_few_learners_are_refused(tmp_path):
    with pytest.raises(CannotMeasure, match="expected 15 learners with 5 events or more in"):
        report("--data", str(log(tmp_path, count=8)))


def test_a_wrong_folder_ends_in_one_line_with_exit_2(tmp_path):
    with pytest.raises(CommandError, match=r"expected statements\.json\.gz") as refused:
        call_command("benchmark", "hmm", "--data", str(tmp_path))
    assert refused.value.returncode == 2
    assert "\n" not in str(refused.value)
