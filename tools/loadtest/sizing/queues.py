"""Queues of one site, simulated: how long an ack and an offer wait with so many processes.

A page sends once a second with its own phase and jitter, so what reaches a process is close to a
Poisson stream; its waits follow Lindley's recursion (1952), here as a running minimum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.window_processing import BATCH
from tools.loadtest.sizing.costs import Costs

Floats = NDArray[np.float64]
HOP_S = 5.0
JITTER_S = 0.1
LONGEST_S = 60.0


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds: an ack at its 99th percentile, a Window to its offer at its 95th; and how busy."""

    ack_p99_s: float
    offer_p95_s: float
    web_busy: float
    worker_busy: float


def waits(
    learners: int, webs: int, workers: int, costs: Costs, *, seconds: float, seed: int
) -> Waits:
    """One site with so many processes; every process is like every other, so one is simulated."""
    rng = np.random.default_rng(seed)
    each = max(1, learners // webs)
    came = arrivals(each, 1.0, seconds, rng)
    service = (costs.web_us + costs.database_us / webs) / 1e6
    acks = queued(came, np.full(len(came), service)) + service + costs.commit_ms / 1e3
    windows = arrivals(max(1, learners // workers), HOP_S, seconds, rng)
    offers = drained(windows, costs.drain_ms / 1e3, costs.window_ms / 1e3)
    # At full batches: a worker with little to do makes smaller ones, and has the time for them.
    least_ms = costs.window_ms + costs.drain_ms / BATCH
    return Waits(
        ack_p99_s=float(np.quantile(acks, 0.99)),
        offer_p95_s=float(np.quantile(offers, 0.95)),
        web_busy=service * len(came) / seconds,
        worker_busy=least_ms / 1e3 * len(windows) / seconds,
    )


def arrivals(pages: int, every_s: float, seconds: float, rng: np.random.Generator) -> Floats:
    """Times (n,) in order: each page with a phase of its own, a little late or early each time."""
    rounds = np.arange(int(seconds / every_s))
    phases = rng.uniform(0, every_s, pages)
    times = phases[:, None] + every_s * rounds + rng.normal(0, JITTER_S, (pages, len(rounds)))
    return np.sort(times.ravel())


def queued(came: Floats, service: Floats) -> Floats:
    """Waiting before service (n,) at one server, first come first served (Lindley 1952)."""
    steps = np.concatenate(([0.0], service[:-1] - np.diff(came)))
    walked = np.cumsum(steps)
    lowest: Floats = np.minimum.accumulate(np.minimum(walked, 0.0))
    return walked - lowest


def drained(came: Floats, fixed_s: float, each_s: float) -> Floats:
    """Waits (n,) where one server takes all that stands there, up to a batch, and then the next.

    A batch is the pipeline's. Its Windows cost all at once here; the pipeline helps first, and asks
    the Predictors beside the shown one when nobody waits for help.
    """
    ended, free, at = np.empty(len(came)), 0.0, 0
    while at < len(came):
        begin = max(free, came[at])
        upto = min(int(np.searchsorted(came, begin, "right")), at + BATCH)
        free = begin + fixed_s + each_s * (upto - at)
        ended[at:upto] = free
        at = upto
    return ended - came
