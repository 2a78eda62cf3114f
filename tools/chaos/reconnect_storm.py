"""Measures how long a whole class needs to reconnect after a restart of the web process."""

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
from tools.chaos.clients import LoggedPage
from tools.chaos.fault_schedule import CALM_S, Say
from tools.chaos.faults import Drain
from tools.chaos.scenario import run_pages
from tools.testbed.open_sittings import SittingAccess, make_sittings
from tools.testbed.site import Site

BEAT_S, AWAY_S, STEADY_S = 1.0, 4.0, 10.0
BACK_WITHIN_S, PATIENCE_S = 10.0, 60.0


async def measure_reconnect(
    site: Site, count: int, *, rng: Random, say: Say
) -> list[dict[str, Any]]:
    """Return one row; `back_s`: until each page had its welcome and its acks after the restart."""
    say(f"making {count} people")
    doors = await database_sync_to_async(make_sittings)(count, timezone.now())
    pages = [_make_page(site, door, rng) for door in doors]
    async with run_pages(pages):
        say("they sit down")
        if not await _wait_for_answers(pages, 0.0):
            return [{"row": "crowd", "pages": count, "broken": ["never_sat_down"]}]
        await asyncio.sleep(STEADY_S)
        drain = Drain(site)
        await asyncio.to_thread(drain.start)
        say(f"the web process is away for {AWAY_S:.0f} s")
        await asyncio.sleep(AWAY_S)
        await asyncio.to_thread(drain.stop)
        answers = monotonic()
        are_back = await _wait_for_answers(pages, answers)
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


def _make_page(site: Site, door: SittingAccess, rng: Random) -> LoggedPage:
    session = door.cookie.partition("=")[2]
    visitor = Visitor(f"http://127.0.0.1:{site.port}", session)
    page = LoggedPage(visitor, UUID(int=0), rng=Random(rng.random()), beat_s=BEAT_S)  # noqa: S311
    page.sitting = page.outbox.sitting = UUID(door.sitting)
    return page


async def _wait_for_answers(pages: Sequence[LoggedPage], since: float) -> bool:
    """Wait until each page has an answer for something sensed after `since`; False after a
    timeout.
    """
    until = monotonic() + PATIENCE_S
    while monotonic() < until:
        if all(page.is_connected and page.outbox.fresh_s > since for page in pages):
            return True
        await asyncio.sleep(0.05)
    return False
