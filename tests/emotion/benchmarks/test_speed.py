"""`benchmark speed` measures each network separately and compares the sum with its goal."""

from __future__ import annotations

import pytest

from emotion.benchmarks import CannotMeasure, speed

OPTIONS = {"profile": "small", "batch": 4, "only": ["lstm", "mlp"]}


@pytest.fixture(scope="module")
def report():
    said = []
    return speed.run(OPTIONS, said.append), said


def test_each_network_has_a_row_of_its_costs(report):
    rows = [row for row in report[0].rows if "network" in row]
    assert [row["network"] for row in rows] == OPTIONS["only"]
    for row in rows:
        assert row["forward_1_ms"] > 0
        assert 0 < row["forward_ms"] < row["step_ms"]
        assert 0 < row["start_mb"] <= row["peak_mb"]
    assert rows[0]["parameters"] > rows[1]["parameters"] > 1000
    assert report[1] == ["lstm, small", "mlp, small"]


def test_the_windows_cost_is_their_sum(report):
    rows = report[0].rows
    total = sum(row["forward_1_ms"] for row in rows if "network" in row)
    assert rows[-1]["forward_1_ms"] == total
    assert rows[-1]["met"] == (total <= rows[-1]["at_most_ms"])


def test_a_clip_has_its_own_goal():
    rows = [
        {"network": "lstm", "span_s": 10.0, "forward_1_ms": 30.0},
        {"network": "mvp", "span_s": 155.0, "forward_1_ms": 40.0},
    ]
    window, clip = speed._make_goals(rows)
    assert (window["forward_1_ms"], window["met"]) == (30.0, False)
    assert (clip["forward_1_ms"], clip["met"]) == (40.0, True)


def test_an_unknown_network_is_named():
    with pytest.raises(CannotMeasure, match="got gru"):
        speed.run({**OPTIONS, "only": ["gru"]}, lambda line: None)
