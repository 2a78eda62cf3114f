"""`benchmark affect` end to end: honest rows, leaky rows, a report page, and resumption."""

from __future__ import annotations

import json
from argparse import ArgumentParser

import pytest

from emotion.benchmarks import CannotMeasure
from emotion.benchmarks.affect import benchmark


def run(*arguments, say=lambda line: None):
    parser = ArgumentParser()
    benchmark.add_arguments(parser)
    return benchmark.run(vars(parser.parse_args(arguments)), say)


@pytest.fixture(scope="module")
def quick_run(tmp_path_factory):
    at = tmp_path_factory.mktemp("affect")
    options = ["--quick", "--workers", "1", "--state", str(at / "state")]
    options += ["--report", str(at / "report.html"), "--rows", "zero signal"]
    return at, options, run(*options)


def rows(report, **wanted):
    return [r for r in report.rows if all(r.get(n) == v for n, v in wanted.items())]


def test_without_signal_the_honest_protocol_finds_nothing_and_the_leaky_one_nine_in_ten(quick_run):
    """B0."""
    _, _, report = quick_run
    honest = [r for r in rows(report, finding="B0") if "LEAKY" not in str(r["what"])]
    assert len(honest) == 4
    assert all(row["reached"] for row in honest)
    (forest,) = rows(report, LEAKY=True, row="RF, resampled first", cohort="zero signal")
    assert forest["accuracy"] > 0.85


def test_a_leaky_row_is_never_shown_as_a_result(quick_run):
    leaky = rows(quick_run[2], LEAKY=True)
    assert leaky
    for row in leaky:
        assert "macro_f1" not in row
        assert "win" not in row
        assert not isinstance(row["accuracy"], list)


def test_every_honest_row_has_its_baselines_intervals_and_the_hash_of_each_test_fold(quick_run):
    report = quick_run[2]
    base = rows(report, table="baselines")
    assert {r["row"] for r in base} >= {"prior", "video-ID", "time in sitting", "last label"}
    for row in rows(report, table="honest"):
        assert row["macro_f1"][1] <= row["macro_f1"][0] <= row["macro_f1"][2]
        assert len(row["folds"].split()) == 3
        assert row["folds"] == base[0]["folds"]
        assert row["win"] is (row["gain"][1] > 0)
        assert not row["wins_over_untold"]


def test_without_signal_results_are_at_chance(quick_run):
    (found,) = rows(quick_run[2], finding="permutation")
    assert found["p"] > 0.05


def test_the_report_says_that_it_is_simulated(quick_run):
    at, _, report = quick_run
    assert report.protocol.startswith("SIMULATED")
    assert "Simulated people" in (at / "report.html").read_text()
    whole = json.loads((at / "report.json").read_text())
    assert whole["rows"] == json.loads(json.dumps([dict(r) for r in report.rows]))
    assert len(whole["details"]["surest_and_wrong"]) <= 10


def test_a_second_run_resumes_the_first_and_reports_the_same(quick_run):
    _, options, report = quick_run
    said = []
    again = run(*options, say=said.append)
    done = len(list((quick_run[0] / "state").glob("*.npz")))
    assert said[0] == f"{done} fits, {done} of them kept from before"
    assert [dict(r) for r in again.rows] == [dict(r) for r in report.rows]


def test_a_long_profile_resumes_in_its_default_folder(quick_run, monkeypatch):
    assert set(benchmark.KEPT) == {"full"}
    monkeypatch.setitem(benchmark.KEPT, "quick", quick_run[0] / "state")
    said = []
    run("--quick", "--workers", "1", "--rows", "zero signal", say=said.append)
    done, kept = (int(word) for word in said[0].split() if word.isdigit())
    assert done == kept > 0


def test_unknown_rows_are_refused():
    with pytest.raises(CannotMeasure, match="expected rows with 'nothing'"):
        run("--rows", "nothing")
