"""Simulated learners at their pages for some minutes, sampled every ten seconds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from random import Random
from time import monotonic
from uuid import UUID

from channels.db import database_sync_to_async
from django.utils import timezone

from demo.simulated_learners.http_client import Visitor
from demo.simulated_learners.stats import count_absent, percentile
from tools.chaos.clients import RandomPage
from tools.loadtest.soak.analysis import SoakSample
from tools.testbed.machine import memory_mb
from tools.testbed.open_sittings import SittingAccess, make_sittings
from tools.testbed.site import Site

EVERY_S, BEAT_S, LEAVE_S = 10.0, 1.0, 30.0
Say = Callable[[SoakSample], None]


class SoakLearner(RandomPage):
    """A learner who sends four streams, and an event now and then."""

    def __init__(self, site: Site, door: SittingAccess, rng: Random) -> None:
        visitor = Visitor(f"http://127.0.0.1:{site.port}", door.cookie.partition("=")[2])
        super().__init__(visitor, UUID(int=0), rng=rng, beat_s=BEAT_S)
        self.sitting = UUID(door.sitting)

    def take_acks(self) -> list[float]:
        """Return the durations of all acknowledgements since the last call."""
        taken, self.outbox.ack_s = self.outbox.ack_s, []
        return taken


async def run_soak(
    site: Site, count: int, seconds: float, *, rng: Random, say: Say
) -> tuple[list[SoakSample], int]:
    """Return the samples, and how many Blocks and texts were lost."""
    doors = await database_sync_to_async(make_sittings)(count, timezone.now())
    pages = [SoakLearner(site, door, Random(rng.random())) for door in doors]  # noqa: S311
    running = [asyncio.create_task(page.run()) for page in pages]
    samples = await _take_samples(site, pages, seconds, say)
    await asyncio.gather(*(page.finish(LEAVE_S) for page in pages))
    await asyncio.gather(*running)
    return samples, await database_sync_to_async(_count_lost)(pages)


async def _take_samples(
    site: Site, pages: Sequence[SoakLearner], seconds: float, say: Say
) -> list[SoakSample]:
    began, samples = monotonic(), []
    while (left := began + seconds - monotonic()) > 0:
        await asyncio.sleep(min(EVERY_S, left))
        samples.append(_take_sample(site, pages, (monotonic() - began) / 60))
        say(samples[-1])
    return samples


def _take_sample(site: Site, pages: Sequence[SoakLearner], minute: float) -> SoakSample:
    acks = [took for page in pages for took in page.take_acks()]
    return SoakSample(
        minute=round(minute, 3),
        rss_mb=memory_mb({name: site.programs[name].pid or 0 for name in ("web", "worker")}),
        acked=len(acks),
        ack_p50_ms=round(1000 * (percentile(acks, 0.5) or 0.0), 1),
        ack_p99_ms=round(1000 * (percentile(acks, 0.99) or 0.0), 1),
        online=sum(page.socket is not None for page in pages),
    )


def _count_lost(pages: Sequence[SoakLearner]) -> int:
    """Count what was never answered, was refused, or was acknowledged but is not stored."""
    return sum(
        page.outbox.count_unanswered() + page.outbox.refused.total() + len(page.outbox.messages)
        + count_absent(page)
        for page in pages
    )  # fmt: skip
