"""`benchmark affect` end to end: honest rows, leaky ones beside them, a page, and it goes on."""

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
def ran(tmp_path_factory):
    at = tmp_path_factory.mktemp("affect")
    options = ["--quick", "--workers", "1", "--state", str(at / "state")]
    options += ["--report", str(at / "report.html"), "--rows", "zero signal"]
    return at, options, run(*options)


def rows(report, **wanted):
    return [r for r in report.rows if all(r.get(n) == v for n, v in wanted.items())]


def test_from_nothing_the_honest_protocol_gets_nothing_and_the_leaky_one_nine_in_ten(ran):
    """B0."""
    _, _, report = ran
    honest = [r for r in rows(report, finding="B0") if "LEAKY" not in str(r["what"])]
    assert len(honest) == 4
    assert all(row["reached"] for row in honest)
    (forest,) = rows(report, LEAKY=True, row="RF, resampled first", cohort="zero signal")
    assert forest["accuracy"] > 0.85


def test_a_leaky_row_never_looks_like_a_result(ran):
    leaky = rows(ran[2], LEAKY=True)
    assert leaky
    for row in leaky:
        assert "macro_f1" not in row
        assert "win" not in row
        assert not isinstance(row["accuracy"], list)


def test_every_honest_row_has_its_baselines_intervals_and_the_hash_of_each_test_fold(ran):
    report = ran[2]
    base = rows(report, table="baselines")
    assert {r["row"] for r in base} >= {"prior", "video-ID", "time in sitting", "last label"}
    for row in rows(report, table="honest"):
        assert row["macro_f1"][1] <= row["macro_f1"][0] <= row["macro_f1"][2]
        assert len(row["folds"].split()) == 3
        assert row["folds"] == base[0]["folds"]
        assert row["win"] is (row["gain"][1] > 0)
        assert not row["wins_over_untold"]


def test_luck_is_luck_where_there_is_no_signal(ran):
    (found,) = rows(ran[2], finding="permutation")
    assert found["p"] > 0.05


def test_it_says_that_it_is_simulated(ran):
    at, _, report = ran
    assert report.protocol.startswith("SIMULATED")
    assert "Simulated people" in (at / "report.html").read_text()
    whole = json.loads((at / "report.json").read_text())
    assert whole["rows"] == json.loads(json.dumps([dict(r) for r in report.rows]))
    assert len(whole["details"]["surest_and_wrong"]) <= 10


def test_a_second_run_goes_on_from_the_first_and_says_the_same(ran):
    _, options, report = ran
    said = []
    again = run(*options, say=said.append)
    done = len(list((ran[0] / "state").glob("*.npz")))
    assert said[0] == f"{done} fits, {done} of them kept from before"
    assert [dict(r) for r in again.rows] == [dict(r) for r in report.rows]


def test_a_profile_of_hours_goes_on_without_being_told_where(ran, monkeypatch):
    assert set(benchmark.KEPT) == {"full"}
    monkeypatch.setitem(benchmark.KEPT, "quick", ran[0] / "state")
    said = []
    run("--quick", "--workers", "1", "--rows", "zero signal", say=said.append)
    done, kept = (int(word) for word in said[0].split() if word.isdigit())
    assert done == kept > 0


def test_rows_that_do_not_exist_are_refused():
    with pytest.raises(CannotMeasure, match="expected rows with 'nothing'"):
        run("--rows", "nothing")
