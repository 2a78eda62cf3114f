"""A rule's threshold rises when its offers are dismissed, and falls again with time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from interventions.engine import evaluate
from interventions.rule_state import MAX_RAISE, RAISE, EngineState, count_outcome, reset_dismissals
from tests.fixtures.rule_cases import CONFUSED, PACK, at, sensed

DAY = timedelta(days=1)


def put_aside(times, state=None):
    state = state or EngineState("idle", at(0))
    for _ in range(times):
        state = count_outcome(state, "later", at(0))
    return state


@pytest.mark.parametrize(
    ("times", "raised"), [(0, 0), (1, 0), (2, 0.05), (3, 0.05), (4, 0.1), (6, 0.15), (40, 0.15)]
)
def test_each_two_dismissals_in_a_row_raise_the_threshold_up_to_a_limit(times, raised):
    assert put_aside(times).threshold_raise(at(0)) == raised
    assert raised <= MAX_RAISE


def test_the_raise_halves_in_a_day_and_ends_in_a_week():
    wary = put_aside(4)
    rises = [wary.threshold_raise(at(0) + days * DAY) for days in range(8)]
    assert rises[:4] == [0.1, 0.05, 0.03, 0.01]
    assert rises == sorted(rises, reverse=True)
    assert rises[-1] == 0


def test_a_raised_threshold_holds_an_offer_back_today_and_not_next_week():
    wary = {"R2": put_aside(2, EngineState("idle", at(0)))}
    barely = {**CONFUSED, "confusion": sensed(0.56)}
    today, later = (
        evaluate(barely, [PACK["R2"]], wary, at(0) + days * DAY).states["R2"].phase
        for days in (0.01, 7)
    )
    assert (today, later) == ("idle", "arming")


def test_without_a_date_the_raise_stays():
    assert EngineState("idle", at(0), dismissals=2).threshold_raise(at(0) + 30 * DAY) == RAISE


@pytest.mark.parametrize(
    "ease", [lambda state: count_outcome(state, "accepted", at(9)), reset_dismissals]
)
def test_an_accepted_offer_or_a_reset_ends_the_raise(ease):
    eased = ease(put_aside(6))
    assert (eased.dismissals, eased.dismissed_at, eased.threshold_raise(at(9))) == (0, None, 0)


@pytest.mark.parametrize("outcome", ["shown", "expired", "withdrawn"])
def test_an_unanswered_offer_does_not_count(outcome):
    assert count_outcome(put_aside(1), outcome, at(9)) == put_aside(1)


def test_two_dismissals_raise_the_threshold_until_an_offer_is_accepted():
    state = EngineState("idle", at(-60))
    for outcome, phase in [
        ("later", "arming"),
        ("shown", "arming"),
        ("never", "idle"),
        ("later", "idle"),
        ("accepted", "arming"),
    ]:
        state = count_outcome(state, outcome, at(-30))
        row = evaluate({**CONFUSED, "confusion": sensed(0.58)}, [PACK["R2"]], {"R2": state}, at(0))
        assert row.states["R2"].phase == phase, outcome
    wary = {"R2": EngineState("idle", at(-60), dismissals=2)}
    row = evaluate(CONFUSED, [PACK["R2"]], wary, at(0))
    assert row.states["R2"].phase == "arming"
