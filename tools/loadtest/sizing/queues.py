"""Simulated queues of one site: how long an ack and an offer wait for a number of processes.

A page sends once a second with its own phase and jitter, so arrivals at a process are close to a
Poisson process. Waits follow Lindley's recursion (1952), here as a running minimum.
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
class QueueWaits:
    """Waits in seconds (acks: 99th percentile, offers: 95th), and utilisations."""

    ack_p99_s: float
    offer_p95_s: float
    web_busy: float
    worker_busy: float


def simulate_waits(
    learners: int, webs: int, workers: int, costs: Costs, *, seconds: float, seed: int
) -> QueueWaits:
    """Simulate one site; all its processes are alike, so one of each kind is simulated."""
    rng = np.random.default_rng(seed)
    each = max(1, learners // webs)
    came = draw_arrivals(each, 1.0, seconds, rng)
    service = (costs.web_us + costs.database_us / webs) / 1e6
    acks = wait_in_queue(came, np.full(len(came), service)) + service + costs.commit_ms / 1e3
    windows = draw_arrivals(max(1, learners // workers), HOP_S, seconds, rng)
    offers = wait_for_batches(windows, costs.drain_ms / 1e3, costs.window_ms / 1e3)
    # At full batches: a worker with little to do makes smaller ones, and has the time for them.
    least_ms = costs.window_ms + costs.drain_ms / BATCH
    return QueueWaits(
        ack_p99_s=float(np.quantile(acks, 0.99)),
        offer_p95_s=float(np.quantile(offers, 0.95)),
        web_busy=service * len(came) / seconds,
        worker_busy=least_ms / 1e3 * len(windows) / seconds,
    )


def draw_arrivals(pages: int, every_s: float, seconds: float, rng: np.random.Generator) -> Floats:
    """Return sorted times (n,): each page has its own phase and a small jitter."""
    rounds = np.arange(int(seconds / every_s))
    phases = rng.uniform(0, every_s, pages)
    times = phases[:, None] + every_s * rounds + rng.normal(0, JITTER_S, (pages, len(rounds)))
    return np.sort(times.ravel())


def wait_in_queue(came: Floats, service: Floats) -> Floats:
    """Return waits (n,) before service at one server, first come first served (Lindley 1952)."""
    steps = np.concatenate(([0.0], service[:-1] - np.diff(came)))
    walked = np.cumsum(steps)
    lowest: Floats = np.minimum.accumulate(np.minimum(walked, 0.0))
    return walked - lowest


def wait_for_batches(came: Floats, fixed_s: float, each_s: float) -> Floats:
    """Return waits (n,) at one server that takes all waiting jobs, up to a batch, at a time.

    A batch is the pipeline's. Its Windows all cost the same here; the pipeline makes offers first,
    and runs secondary Predictors when no offer is waiting.
    """
    ended, free, at = np.empty(len(came)), 0.0, 0
    while at < len(came):
        begin = max(free, came[at])
        upto = min(int(np.searchsorted(came, begin, "right")), at + BATCH)
        free = begin + fixed_s + each_s * (upto - at)
        ended[at:upto] = free
        at = upto
    return ended - came
