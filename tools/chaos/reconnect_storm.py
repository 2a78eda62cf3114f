"""A whole year's class comes back after a restart: when is the last one answered again?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict
from random import Random
from time import monotonic
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from django.utils import timezone

from demo.simulated_learners.http_client import Visitor
from demo.simulated_learners.stats import percentile
from tools.chaos import invariants
from tools.chaos.clients import LedgerPage
from tools.chaos.fault_schedule import CALM_S, Say
from tools.chaos.faults import Drain
from tools.chaos.scenario import running
from tools.testbed.open_sittings import Door, make_doors
from tools.testbed.site import Site

BEAT_S, AWAY_S, STEADY_S = 1.0, 4.0, 10.0
BACK_WITHIN_S, PATIENCE_S = 10.0, 60.0


async def back(site: Site, count: int, *, rng: Random, say: Say) -> list[dict[str, Any]]:
    """One row: `back_s` after the site answered again, each page had its welcome, and its acks."""
    say(f"making {count} people")
    doors = await database_sync_to_async(make_doors)(count, timezone.now())
    pages = [_page(site, door, rng) for door in doors]
    async with running(pages):
        say("they sit down")
        if not await _all(pages, 0.0):
            return [{"row": "crowd", "pages": count, "broken": ["never_sat_down"]}]
        await asyncio.sleep(STEADY_S)
        drain = Drain(site)
        await asyncio.to_thread(drain.start)
        say(f"the web process is away for {AWAY_S:.0f} s")
        await asyncio.sleep(AWAY_S)
        await asyncio.to_thread(drain.stop)
        answers = monotonic()
        are_back = await _all(pages, answers)
        last_s = monotonic() - answers
        say("they leave")
        await asyncio.gather(*(page.finish(CALM_S) for page in pages))
    verdict = await database_sync_to_async(invariants.judge)([page.outbox for page in pages])
    after = [took for page in pages for at, took in page.outbox.acks if at > answers + last_s]
    broken = [*verdict.broken, *([] if are_back and last_s <= BACK_WITHIN_S else ["back_s"])]
    return [
        {
            "row": "crowd",
            "pages": count,
            "away_s": AWAY_S,
            "back_s": round(last_s, 2),
            "ack_p99_afterwards_ms": round(1000 * (percentile(after, 0.99) or 0.0)),
            **asdict(verdict),
            "broken": broken,
        }
    ]


def _page(site: Site, door: Door, rng: Random) -> LedgerPage:
    session = door.cookie.partition("=")[2]
    visitor = Visitor(f"http://127.0.0.1:{site.port}", session)
    page = LedgerPage(visitor, UUID(int=0), rng=Random(rng.random()), beat_s=BEAT_S)  # noqa: S311
    page.sitting = page.outbox.sitting = UUID(door.sitting)
    return page


async def _all(pages: Sequence[LedgerPage], since: float) -> bool:
    """Whether each page is answered for something it sensed after that, in time."""
    until = monotonic() + PATIENCE_S
    while monotonic() < until:
        if all(page.is_connected and page.outbox.fresh_s > since for page in pages):
            return True
        await asyncio.sleep(0.05)
    return False
