"""In simulated lessons the real rules interrupt rarely and mostly rightly; a threshold does not."""

from __future__ import annotations

import numpy as np
import pytest

from emotion.benchmarks.policy import interruptions
from emotion.benchmarks.policy.interruptions import AUCS, OfferTally, _draw_case, make_rows
from emotion.simulate.lessons import WINDOWS
from interventions import catalogue


@pytest.fixture(scope="module")
def found():
    return {(row["rule"], row["auc"]): row for row in make_rows(3, 0)}


def test_each_rule_has_a_row_for_each_detector_it_reads(found):
    offering = {rule.id for rule in catalogue.load() if rule.step}
    assert {name for name, _ in found} == {*offering, "all rules"}
    assert {auc for name, auc in found if name == "R2"} == set(AUCS)
    assert {auc for name, auc in found if name == "R1"} == {None}
    judged = {name for (name, _), row in found.items() if row["meant_for"]}
    assert {"R1", "R2", "R3", "R5", "R6", "R7", "R13", "R15"} <= judged <= offering


@pytest.mark.parametrize("auc", AUCS)
@pytest.mark.parametrize("name", ["R2", "R3", "R15"])
def test_a_rule_interrupts_less_often_and_more_precisely_than_a_threshold(found, name, auc):
    row = found[name, auc]
    assert row["fires_h"] < row["naive_fires_h"] / 10
    assert row["false_help_h"] < row["naive_false_help_h"] / 10
    assert row["precision"] > row["naive_precision"]


def test_the_caps_hold_over_a_whole_hour(found):
    assert max(found["all rules", auc]["fires_h"] for auc in AUCS) <= 8
    for name in ("R4", "R12", "R14"):
        assert found[name, None]["fires_h"] <= 1


def test_offers_are_counted_by_their_state():
    lesson = _draw_case(0, 0).lesson
    (inside,) = [int(window) for window in range(WINDOWS) if lesson.trouble[window] == 0][:1]
    outside = int((lesson.trouble < 0).nonzero()[0][0])
    tally = OfferTally()
    tally.add(lesson, [inside, inside + 1, outside, outside], "trouble")
    figures = tally.figures(judged=True)
    assert (figures["fires_h"], figures["false_help_h"], figures["precision"]) == (4, 2, 0.5)
    assert figures["recall"] == 1 / lesson.stretches["trouble"]
    assert tally.figures(judged=False)["precision"] is None


def test_a_threshold_acts_each_time_the_estimate_exceeds_one_half():
    chances = np.array([0.6, 0.4, 0.6, 0.7, 0.5, 0.51])
    assert interruptions._find_crossings(chances) == [2, 5]
