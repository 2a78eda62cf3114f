"""`benchmark learning` in its short form: one institution's reports, and two controls."""

from __future__ import annotations

from argparse import ArgumentParser

import pytest

from emotion.benchmarks import learning


@pytest.fixture(scope="module")
def report():
    parser = ArgumentParser()
    learning.add_arguments(parser)
    return learning.run(vars(parser.parse_args(["--quick"])), lambda line: None)


def row(report, name):
    (found,) = [each for each in report.rows if each["row"] == name]
    return found


def test_the_report_says_simulated_and_its_origin(report):
    assert report.protocol.startswith("SIMULATED people only")
    assert "16 learners" in report.protocol
    assert [each["row"] for each in report.rows] == [
        "cold start",
        "pre-trained",
        "personal",
        "shuffled",
        "own world",
    ]


def test_reports_of_another_institution_improve_on_unseen_ones(report):
    found = row(report, "cold start")
    assert found["people"] == 16
    assert found["log_loss_gain"][1] > 0
    assert found["left_out_gain"][0] > 0


def test_shuffled_reports_pass_no_gate_and_make_it_worse(report):
    found = row(report, "shuffled")
    assert found["gates"].startswith("refused by")
    assert "signal" in found["gates"]
    assert found["with"][0] < row(report, "cold start")["with"][0]


def test_the_priors_own_world_gives_no_credible_improvement(report):
    found = row(report, "own world")
    assert found["log_loss_gain"][1] <= 0
    assert found["gates"].startswith("refused by")


def test_pre_training_is_compared_on_the_same_reports(report):
    found, plain = row(report, "pre-trained"), row(report, "cold start")
    assert found["without"][0] == plain["with"][0]
    assert found["with"] != found["without"]
    assert found["windows_pretrained_on"] > 100
    assert found["gain"][1] <= found["gain"][0] <= found["gain"][2]


def test_personal_calibration_is_tested_only_on_the_second_week(report):
    found = row(report, "personal")
    assert 0 < found["windows"] < row(report, "cold start")["windows"]
    assert 0 < found["camera_weight"] <= 1
