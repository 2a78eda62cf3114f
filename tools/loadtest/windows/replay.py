"""Drains the Windows of a recorded class in this process, second by second of its own clock."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db.models import Max, Min

from adaptation import decide_intervention, window_cases
from estimates import explanation_worker
from estimates.inference import affect, behaviour, predictor_inputs
from estimates.models import AffectEstimate
from pipeline import page_messages, window_inputs, window_processing
from telemetry import windows
from telemetry.models import Window
from tools.loadtest.windows.cost_meter import CostMeter, MeteredCall, find_backend

Row = dict[str, object]
STEP = timedelta(seconds=1)


def _always(part: str) -> Any:
    return lambda *_, **__: part


def _kind_of(_inputs: Sequence[Any], by: Any, *_: Any) -> str:
    return f"features and forward, {by.row.kind}"


CALLS = {
    "claim": MeteredCall(windows, "claim", _always("claim and finish")),
    "shed": MeteredCall(windows, "shed", _always("claim and finish")),
    "finish": MeteredCall(windows, "finish", _always("claim and finish")),
    "permits": MeteredCall(window_inputs, "permitted_batch", _always("permits")),
    "blocks": MeteredCall(window_inputs, "read_blocks", _always("read Blocks")),
    "tracks": MeteredCall(predictor_inputs, "make_inputs", _always("unseal and join Tracks")),
    "behaviour_tracks": MeteredCall(
        window_inputs, "behaviour_window", _always("unseal and join Tracks")
    ),
    "guess": MeteredCall(affect, "guess_each", _kind_of),
    "store": MeteredCall(affect, "store_guesses", _always("store estimates")),
    "behaviour": MeteredCall(behaviour, "estimate_each", _always("behaviour")),
    "facts": MeteredCall(window_cases, "load_window_cases", _always("facts")),
    "rules": MeteredCall(decide_intervention, "decide_each", _always("rules")),
    "explanations": MeteredCall(explanation_worker, "process_due", _always("explanations")),
    "estimates_pushed": MeteredCall(page_messages, "deliver_estimates", _always("push")),
    "offers_pushed": MeteredCall(page_messages, "deliver", _always("push")),
}


def replay(seed: int) -> Iterator[Row]:
    """Drain the recorded Windows as a live worker would; yield costs and counts."""
    span = Window.objects.filter(state="pending").aggregate(first=Min("due_at"), last=Max("due_at"))
    first, last = span["first"], min(span["last"], _last_block(span["last"]))
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
    yield from _count_estimates()


def _last_block(last: datetime) -> datetime:
    """Return the end of the class: Windows are queued a minute ahead."""
    return last - timedelta(seconds=windows.AHEAD_S)


def _count_done() -> int:
    return Window.objects.exclude(state__in=("pending", "late")).count()


def _make_rows(meter: CostMeter, count: int, drains: int) -> Iterator[Row]:
    total = {"worker_s": 0.0, "postgres_s": 0.0, "wall_s": 0.0, "statements": 0.0}
    for part, cost in sorted(meter.costs.items(), key=lambda each: -each[1].wall_s):
        values = {name: getattr(cost, name) for name in total}
        total = {name: total[name] + values[name] for name in total}
        yield _make_row(part, values, count)
    yield _make_row("all", total, count)
    yield {"windows": count, "drains": drains, "statements_a_drain": total["statements"] / drains}


def _make_row(part: str, values: dict[str, float], count: int) -> Row:
    each = {f"{n.removesuffix('_s')}_ms": round(1000 * values[n] / count, 3)
            for n in ("worker_s", "postgres_s", "wall_s")}  # fmt: skip
    return {"part": part, **each, "statements": round(values["statements"] / count, 3)}


def _count_estimates() -> Iterator[Row]:
    """Yield how many Estimates each kind made, and how many Windows became late."""
    kinds: dict[str, int] = {}
    for kind in AffectEstimate.objects.values_list("predictor__kind", flat=True):
        kinds[kind] = kinds.get(kind, 0) + 1
    yield {"estimates": kinds, "late": Window.objects.filter(state="late").count()}
