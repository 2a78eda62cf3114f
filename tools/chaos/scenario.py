"""One attack from beginning to end: pages sit down, faults come, the sky clears, checkers look."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import datetime
from io import StringIO
from random import Random
from typing import Any
from uuid import UUID

from channels.db import database_sync_to_async
from django.core.management import call_command
from django.utils import timezone

from accounts.models import User
from adaptation import answer_question
from demo.simulated_learners import people
from demo.simulated_learners.course import Lesson
from demo.simulated_learners.http_client import Visitor
from demo.simulated_learners.stats import percentile
from telemetry.models import Sitting
from tools.chaos import faults, invariants
from tools.chaos.clients import BEAT_S, LedgerPage, ScribblingPage
from tools.chaos.fault_schedule import CALM_S, Say, Storm
from tools.chaos.faults import Fault
from tools.chaos.invariants import Effects
from tools.chaos.network_faults import clock_jumps, networks
from tools.chaos.withdrawal_client import Consents, Waverer, Withdraw
from tools.testbed.proxy import Proxy
from tools.testbed.site import Site

WORKED_OFF_WITHIN_S = 90.0
RECOVERED_WITHIN_S = 10.0
Row = dict[str, Any]


def visitors(users: Sequence[User], proxy: Proxy) -> list[Visitor]:
    """A signed-in browser for each; to be made where the database may be touched."""
    return [Visitor(f"http://127.0.0.1:{proxy.port}", people.sign_in(user)) for user in users]


@asynccontextmanager
async def sitting_down(
    browsers: Sequence[Visitor], unit: UUID, rng: Random, beat_s: float = BEAT_S
) -> AsyncIterator[list[LedgerPage]]:
    """A page for each browser, connected; whatever comes, they leave in the end."""
    pages = [
        LedgerPage(each, unit, rng=Random(rng.random()), beat_s=beat_s)  # noqa: S311
        for each in browsers
    ]
    await asyncio.gather(*(page.open() for page in pages))
    async with running(pages):
        yield pages


@asynccontextmanager
async def running(pages: Sequence[ScribblingPage]) -> AsyncIterator[None]:
    """Their sockets are held until here."""
    tasks = [asyncio.create_task(page.run()) for page in pages]
    try:
        yield
    finally:
        for page in pages:
            page.done = True
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def wavering(browser: Visitor, user: User, unit: UUID, rng: Random) -> AsyncIterator[Waverer]:
    """A page of somebody who changes their mind; no ledger: what they take back goes."""
    page = ScribblingPage(browser, unit, rng=Random(rng.random()))  # noqa: S311
    await page.open()
    async with running([page]):
        yield Waverer(user, page, Random(rng.random()))  # noqa: S311


def every_fault(site: Site, pages: Sequence[LedgerPage], person: Waverer) -> list[Fault]:
    """One round: the web process most often, for it is what acknowledges."""
    found: list[Fault] = [
        *(faults.KillWeb(site) for _ in range(4)),
        *(faults.KillBackend(site) for _ in range(2)),
        *(faults.KillWorker(site) for _ in range(2)),
        *(faults.KillWhileLocked(site), faults.Drain(site), faults.StopPostgres(site)),
        *(faults.KillBeat(site), *networks(site), *clock_jumps(site, pages[:2])),
        *(faults.DiskFull(site), faults.Backup(site)),
        *(faults.Freeze(site, name) for name in ("web", "worker", "beat", "postgres")),
        *(Withdraw(site, person, harm) for harm in _meanwhile(site)),
    ]
    if site.redis is not None:
        found += [faults.KillRedis(site), faults.FlushRedis(site), faults.SleepRedis(site)]
        found.append(faults.Freeze(site, "redis"))
    return found


def _meanwhile(site: Site) -> list[Fault]:
    """What is done while somebody takes back what they allowed: nothing, or a kill."""
    return [Fault(site), faults.KillWeb(site), faults.KillBackend(site)]


async def attack(
    site: Site, users: Sequence[User], lesson: Lesson, *, kills: int, rng: Random, say: Say
) -> list[Row]:
    """The rows of one storm; each says in `broken` what should not be. The last of `users` is the
    one who takes back and allows."""
    await site.proxy.open()
    *browsers, another = await database_sync_to_async(visitors)(users, site.proxy)
    # One of them has the lesson open in three tabs.
    async with (
        sitting_down([*browsers, *browsers[:1] * 2], lesson.code, rng) as pages,
        wavering(another, users[-1], lesson.code, rng) as person,
    ):
        storm = Storm(pages, rng)
        await storm.recovery()
        await database_sync_to_async(_stumble)(pages, lesson, rng)
        harm = every_fault(site, pages, person)
        await storm.rage(harm, kills, say)
        say("calm")
        await storm.calm()
        consents = await _settled(site, person)
    await site.proxy.close()
    say("the checkers look")
    rows = await database_sync_to_async(_rows)(site, storm, harm, timezone.now())
    return [*rows, {"row": "consent", **asdict(consents), "broken": consents.broken}]


async def _settled(site: Site, person: Waverer) -> Consents:
    loop = asyncio.get_running_loop()
    consents = await loop.run_in_executor(site.hands, person.settle, site.revive)
    await person.page.finish(CALM_S)
    return consents


def _stumble(pages: Sequence[LedgerPage], lesson: Lesson, rng: Random) -> None:
    """Everybody answers the first question wrong twice, so that there is something to help with."""
    ask = next(iter(lesson.asks.values()))
    for page in pages:
        sitting = Sitting.objects.select_related("learner", "unit__course").get(
            id=str(page.sitting)
        )
        question = sitting.unit.questions.get(code=ask.code)
        for _ in range(2):
            answer_question.answer(
                sitting.learner, question, ask.wrong[0], sitting=sitting, hints_used=0,
                elapsed_ms=4000, draw=None, now=timezone.now(), rng=rng,
            )  # fmt: skip


def _rows(site: Site, storm: Storm, harm: Sequence[Fault], ended: datetime) -> list[Row]:
    verdict = invariants.judge([page.outbox for page in storm.pages], allowed=storm.refuses)
    made = _worked_off(site, [page.sitting for page in storm.pages if page.sitting], ended)
    return [
        _storm_row(site, storm, harm),
        {"row": "ledger", **asdict(verdict), "broken": verdict.broken},
        {"row": "effects", **asdict(made), "broken": made.broken},
        _audit_row(),
    ]


def _storm_row(site: Site, storm: Storm, harm: Sequence[Fault]) -> Row:
    recovered = percentile(storm.recovered_s, 0.99) or 0.0
    slow = sum(fault.slow for fault in harm if isinstance(fault, faults.Drain))
    mid_task = sum(fault.mid_task for fault in harm if isinstance(fault, faults.KillWorker))
    failed = sum(fault.failed for fault in harm if isinstance(fault, faults.Backup))
    broken = {
        "recovered_p99_s": recovered > RECOVERED_WITHIN_S,
        "slow_drains": slow > 0,
        "failed_backups": failed > 0,
    }
    return {
        "row": "storm",
        "kill_points": storm.kills,
        "faults": dict(sorted(storm.counts.items())),
        "worker_killed_mid_task": mid_task,
        "revived": dict(sorted(site.revived.items())),
        "recoveries_seen": len(storm.recovered_s),
        "recovered_p99_s": round(recovered, 2),
        "recovered_p50_s": round(percentile(storm.recovered_s, 0.5) or 0.0, 2),
        "slow": storm.slow[:10],
        "slow_drains": slow,
        "failed_backups": failed,
        "complaints": {name: site.complaints(name) for name in site.programs},
        "broken": [name for name, is_broken in broken.items() if is_broken],
    }


def _worked_off(site: Site, sittings: Sequence[UUID], ended: datetime) -> Effects:
    """Once every Window that was due at the end is done or late, or patience is over."""
    until = time.monotonic() + WORKED_OFF_WITHIN_S
    while (made := invariants.effects(sittings, now=ended)).windows_open:
        if time.monotonic() > until:
            break
        site.hands.submit(site.revive).result()
        time.sleep(0.5)
    return made


def _audit_row() -> Row:
    out, code = StringIO(), 0
    try:
        call_command("verify_audit", "--json", stdout=out, stderr=StringIO())
    except SystemExit as end:
        code = int(str(end.code or 0))
    leaves = re.search(r'"leaves": (\d+)', out.getvalue())
    count = int(leaves[1]) if leaves else 0
    return {"row": "audit", "leaves": count, "broken": ["audit"] if code or not count else []}
