"""Drains the Windows of a recorded class in this process, second by second of its own clock."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Any

from django.db.models import Max, Min

from adaptation import decide_intervention, window_cases
from demo.simulated_learners import stats
from estimates import explanation_worker
from estimates.inference import affect, behaviour, predictor_inputs
from pipeline import page_messages, window_inputs, window_processing
from telemetry import windows
from telemetry.models import Sitting, Window
from tools.loadtest.windows.cost_meter import CostCounters, CostMeter, MeteredCall, find_backend

Row = dict[str, object]
STEP = timedelta(seconds=1)


def _name_forward(_inputs: Sequence[Any], by: Any, *_: Any) -> str:
    return f"features and forward, {by.row.kind}"


CALLS = (
    MeteredCall(windows, "claim", "claim and finish"),
    MeteredCall(windows, "shed", "claim and finish"),
    MeteredCall(windows, "finish", "claim and finish"),
    MeteredCall(window_inputs, "permitted_batch", "permits"),
    MeteredCall(window_inputs, "read_blocks", "read Blocks"),
    MeteredCall(predictor_inputs, "make_inputs", "unseal and join Tracks"),
    MeteredCall(window_inputs, "behaviour_window", "unseal and join Tracks"),
    MeteredCall(affect, "guess_each", _name_forward),
    MeteredCall(affect, "store_guesses", "store estimates"),
    MeteredCall(behaviour, "estimate_each", "behaviour"),
    MeteredCall(window_cases, "load_window_cases", "facts"),
    MeteredCall(decide_intervention, "decide_each", "rules"),
    MeteredCall(explanation_worker, "process_due", "explanations"),
    MeteredCall(page_messages, "deliver_estimates", "push"),
    MeteredCall(page_messages, "deliver", "push"),
)


def replay(seed: int) -> Iterator[Row]:
    """Drain the recorded Windows as a live worker would; yield costs and counts."""
    span = Window.objects.filter(state="pending").aggregate(first=Min("due_at"), last=Max("due_at"))
    # Windows are queued a minute ahead of the last Block.
    first, last = span["first"], span["last"] - timedelta(seconds=windows.AHEAD_S)
    # Loading the models is not a cost of a Window.
    window_processing.drain(now=lambda: first, rng=Random(seed))  # noqa: S311 - a simulation
    meter = CostMeter(find_backend())
    before = _count_done()
    drains = 0
    with meter.running(CALLS):
        for second in range(1, math.ceil((last - first) / STEP) + 1):
            moment = first + second * STEP
            window_processing.drain(now=lambda: moment, rng=Random(seed + second))  # noqa: B023, S311
            drains += 1
    yield from _make_rows(meter, _count_done() - before, drains)
    sittings = list(Sitting.objects.values_list("id", flat=True))
    late = Window.objects.filter(state="late").count()
    yield {"estimates": stats.count_estimates(sittings), "late": late}


def _count_done() -> int:
    return Window.objects.exclude(state__in=("pending", "late")).count()


def _make_rows(meter: CostMeter, count: int, drains: int) -> Iterator[Row]:
    for part, cost in sorted(meter.costs.items(), key=lambda each: -each[1].wall_s):
        yield _make_row(part, cost, count)
    total = sum(meter.costs.values(), CostCounters())
    yield _make_row("all", total, count)
    yield {"windows": count, "drains": drains, "statements_a_drain": total.statements / drains}


def _make_row(part: str, cost: CostCounters, count: int) -> Row:
    return {
        "part": part,
        "worker_ms": round(1000 * cost.worker_s / count, 3),
        "postgres_ms": round(1000 * cost.postgres_s / count, 3),
        "wall_ms": round(1000 * cost.wall_s / count, 3),
        "statements": round(cost.statements / count, 3),
    }
