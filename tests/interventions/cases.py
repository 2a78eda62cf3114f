"""Facts, moments and a runner for the tests of the rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from interventions import catalogue
from interventions.engine import Evaluation, evaluate
from interventions.facts import UNKNOWN, Fact, Facts
from interventions.rules import Rule
from interventions.states import State

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HOP_S = 5
PACK = {rule.id: rule for rule in catalogue.load()}


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def sensed(value: float, quality: float = 0.9, **more: object) -> Fact:
    return Fact(value, source="sensed", quality=quality, scopes=("face:adapt",), **more)


def lesson(**signals: object) -> dict[str, Fact]:
    """Facts of an ordinary moment; plain values become course facts."""
    values: dict[str, object] = {
        "scenario": "course",
        "paused": False,
        "tab_hidden": False,
        "self_got_it": False,
        **signals,
    }
    return {
        name: value
        if isinstance(value, Fact)
        else Fact(value, source="self" if name.startswith("self_") else "course")
        for name, value in values.items()
    }


STUCK = lesson(wrong_on_item=2, course_idle_s=25.0, rewinds_60s=0)
FINE = lesson(wrong_on_item=0, course_idle_s=3.0, rewinds_60s=0)
CONFUSED = lesson(
    confusion=sensed(0.6), wrong_on_item=1, rewinds_60s=0, course_idle_s=2.0, self_stuck=False
)
FLOW = {"engaged": sensed(0.8), "correct_streak": Fact(3)}
NOTHING = Fact(UNKNOWN)


def play(
    rules: Sequence[Rule],
    moments: Iterable[Facts],
    states: dict[str, State] | None = None,
    first_s: float = 0.0,
) -> list[Evaluation]:
    """Evaluate moments one hop apart, each from the states the one before left."""
    rows: list[Evaluation] = []
    held = dict(states or {})
    for number, facts in enumerate(moments):
        row = evaluate(facts, rules, held, at(first_s + HOP_S * number))
        held = dict(row.states)
        rows.append(row)
    return rows


def offers(rows: Sequence[Evaluation]) -> list[tuple[int, str]]:
    """Seconds from the first moment, and the rule, of each proposal."""
    return [(HOP_S * n, made.id) for n, row in enumerate(rows) for made in row.proposals]
