"""Processes per site, hosts for many sites, and the cost of a learner-hour.

A site is one institution with its own database, so sites share nothing: many sites are many small
problems. A site that outgrows a host partitions its Blocks by learner.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tools.loadtest.sizing.costs import Costs, Prices
from tools.loadtest.sizing.queues import HOP_S, simulate_waits

ACK_S, OFFER_S, BUSY = 0.25, 2.5, 0.7
SIMULATED_S = 60.0
HOST_CORES = 32
HOURS_A_MONTH = 730.0


@dataclass(frozen=True, slots=True)
class SiteSize:
    """The smallest site that keeps the limits of design §10 for `learners` concurrent learners."""

    learners: int
    webs: int
    workers: int
    database_cores: float
    ack_p99_ms: float
    offer_p95_ms: float
    memory_gb: float

    @property
    def cores(self) -> float:
        return self.webs + self.workers + self.database_cores


def size_site(learners: int, costs: Costs, *, seed: int = 0) -> SiteSize:
    """Add processes of each kind until its limit is kept and it is not too busy."""
    webs = workers = 1
    while True:
        found = simulate_waits(learners, webs, workers, costs, seconds=SIMULATED_S, seed=seed)
        web_well = found.ack_p99_s <= ACK_S and found.web_busy <= BUSY
        worker_well = found.offer_p95_s <= OFFER_S and found.worker_busy <= BUSY
        if web_well and worker_well:
            break
        webs += 0 if web_well else max(1, webs // 8)
        workers += 0 if worker_well else max(1, workers // 8)
    return SiteSize(
        learners=learners, webs=webs, workers=workers,
        database_cores=round(learners * costs.database_us / 1e6 / BUSY, 2),
        ack_p99_ms=round(found.ack_p99_s * 1e3, 1), offer_p95_ms=round(found.offer_p95_s * 1e3, 1),
        memory_gb=round((webs * costs.web_mb + workers * costs.worker_mb) / 1e3, 2),
    )  # fmt: skip


def draw_institutions(learners: int, *, seed: int) -> list[int]:
    """Draw site sizes that add up to `learners`: log-normal, median 600 concurrent, few huge."""
    rng = np.random.default_rng(seed)
    sizes: list[int] = []
    while (left := learners - sum(sizes)) > 0:
        sizes.append(min(left, max(20, int(rng.lognormal(np.log(600), 1.3)))))
    return sizes


def count_hosts(sites: Sequence[SiteSize]) -> int:
    """Pack sites first-fit, largest first; a site larger than a host is split by learner."""
    room: list[float] = []
    for cores in sorted((each.cores for each in sites), reverse=True):
        whole, rest = divmod(cores, HOST_CORES)
        room += [0.0] * int(whole)
        place = next((n for n, free in enumerate(room) if free >= rest), None)
        if place is None:
            room.append(HOST_CORES - rest)
        else:
            room[place] -= rest
    return len(room)


def price_learner_hour(sites: Sequence[SiteSize], costs: Costs, prices: Prices) -> dict[str, float]:
    """Return the cost of one learner-hour by category; with GPUs for the predictions, too."""
    learners = sum(each.learners for each in sites)
    kept_gb = costs.stored_mb_hour / 1e3 * prices.kept_days * 24 / HOURS_A_MONTH
    workers = sum(each.workers for each in sites)
    rest = sum(each.cores for each in sites) - workers
    gpus = learners / HOP_S / prices.gpu_batch * prices.gpu_batch_ms / 1e3 / BUSY
    return {
        "web and database": rest * prices.core_hour / learners,
        "workers": workers * prices.core_hour / learners,
        "storage": kept_gb * prices.gb_month,
        "forwards on GPUs instead (not measured)": np.ceil(gpus) * prices.gpu_hour / learners,
    }
