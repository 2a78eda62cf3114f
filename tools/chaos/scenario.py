"""One fault injection run: pages connect, faults are applied, then the site is checked."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
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
from demo.simulated_learners.course import SimulatedLesson
from demo.simulated_learners.http_client import Visitor
from demo.simulated_learners.stats import percentile
from telemetry.models import Sitting
from tools.chaos import faults, invariants
from tools.chaos.clients import BEAT_S, LoggedPage, RandomPage
from tools.chaos.fault_schedule import CALM_S, FaultSchedule, Say
from tools.chaos.faults import Fault
from tools.chaos.invariants import StoredEffects
from tools.chaos.network_faults import make_clock_jumps, make_network_faults
from tools.chaos.withdrawal_client import Consents, Withdraw, WithdrawingLearner
from tools.testbed.proxy import Proxy
from tools.testbed.site import Site

WINDOWS_DONE_WITHIN_S = 90.0
RECOVERED_WITHIN_S = 10.0
Row = dict[str, Any]
MakeRound = Callable[[Any, Sequence[LoggedPage], WithdrawingLearner], list[Fault]]


def sign_in_visitors(users: Sequence[User], proxy: Proxy) -> list[Visitor]:
    """Sign in a browser for each user; call it where the database may be accessed."""
    return [Visitor(f"http://127.0.0.1:{proxy.port}", people.sign_in(user)) for user in users]


@asynccontextmanager
async def open_pages(
    browsers: Sequence[Visitor], unit: UUID, rng: Random, beat_s: float = BEAT_S
) -> AsyncIterator[list[LoggedPage]]:
    """Open and connect a page for each browser; close all of them at the end."""
    pages = [
        LoggedPage(each, unit, rng=Random(rng.random()), beat_s=beat_s)  # noqa: S311
        for each in browsers
    ]
    await asyncio.gather(*(page.open() for page in pages))
    async with run_pages(pages):
        yield pages


@asynccontextmanager
async def run_pages(pages: Sequence[RandomPage]) -> AsyncIterator[None]:
    """Keep the pages' sockets open inside the context."""
    tasks = [asyncio.create_task(page.run()) for page in pages]
    try:
        yield
    finally:
        for page in pages:
            page.stop()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def open_withdrawing_page(
    browser: Visitor, user: User, unit: UUID, rng: Random
) -> AsyncIterator[WithdrawingLearner]:
    """Open a page of a Learner who withdraws and grants again; without a log, as data get
    erased.
    """
    page = RandomPage(browser, unit, rng=Random(rng.random()))  # noqa: S311
    await page.open()
    async with run_pages([page]):
        yield WithdrawingLearner(user, page, Random(rng.random()))  # noqa: S311


def make_fault_round(
    site: Site, pages: Sequence[LoggedPage], person: WithdrawingLearner
) -> list[Fault]:
    """Return one round of faults; the web process most often, since it acknowledges."""
    found: list[Fault] = [
        *(faults.KillWeb(site) for _ in range(4)),
        *(faults.KillBackend(site) for _ in range(2)),
        *(faults.KillWorker(site) for _ in range(2)),
        *(faults.KillWhileLocked(site), faults.Drain(site), faults.StopPostgres(site)),
        *(faults.KillBeat(site), *make_network_faults(site), *make_clock_jumps(site, pages[:2])),
        *(faults.DiskFull(site), faults.Backup(site)),
        *(faults.Freeze(site, name) for name in ("web", "worker", "beat", "postgres")),
        *(Withdraw(site, person, harm) for harm in _make_harms(site)),
    ]
    if site.redis is not None:
        found += [faults.KillRedis(site), faults.FlushRedis(site), faults.SleepRedis(site)]
        found.append(faults.Freeze(site, "redis"))
    return found


def _make_harms(site: Site) -> list[Fault]:
    """Return the faults to inject during a withdrawal: none, or a kill."""
    return [Fault(site), faults.KillWeb(site), faults.KillBackend(site)]


async def inject_faults(
    site: Site,
    users: Sequence[User],
    lesson: SimulatedLesson,
    *,
    kills: int,
    rng: Random,
    say: Say,
    make_round: MakeRound = make_fault_round,
) -> list[Row]:
    """Run one schedule of faults and return its rows; each lists failed checks in `broken`.

    The last of `users` is the one who withdraws and grants again.
    """
    await site.proxy.open()
    *browsers, another = await database_sync_to_async(sign_in_visitors)(users, site.proxy)
    # The first Learner has the lesson open in three tabs.
    async with (
        open_pages([*browsers, *browsers[:1] * 2], lesson.code, rng) as pages,
        open_withdrawing_page(another, users[-1], lesson.code, rng) as person,
    ):
        schedule = FaultSchedule(pages, rng)
        await schedule.wait_for_recovery()
        await database_sync_to_async(_answer_wrongly)(pages, lesson, rng)
        harm = make_round(site, pages, person)
        await schedule.run(harm, kills, say)
        say("calm")
        await schedule.close_pages()
        consents = await _settle_consents(site, person)
    await site.proxy.close()
    say("the checkers look")
    rows = await database_sync_to_async(_rows)(site, schedule, harm, timezone.now())
    return [*rows, {"row": "consent", **asdict(consents), "broken": consents.broken}]


async def _settle_consents(site: Site, person: WithdrawingLearner) -> Consents:
    loop = asyncio.get_running_loop()
    consents = await loop.run_in_executor(site.fault_thread, person.settle, site.revive)
    await person.page.finish(CALM_S)
    return consents


def _answer_wrongly(pages: Sequence[LoggedPage], lesson: SimulatedLesson, rng: Random) -> None:
    """Answer the first question wrong twice for each page, so that help is due."""
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


def _rows(site: Site, schedule: FaultSchedule, harm: Sequence[Fault], ended: datetime) -> list[Row]:
    verdict = invariants.judge([page.outbox for page in schedule.pages], allowed=schedule.refuses)
    made = _wait_for_windows(site, [page.sitting for page in schedule.pages if page.sitting], ended)
    return [
        _storm_row(site, schedule, harm),
        {"row": "ledger", **asdict(verdict), "broken": verdict.broken},
        {"row": "effects", **asdict(made), "broken": made.broken},
        _audit_row(),
    ]


def _storm_row(site: Site, schedule: FaultSchedule, harm: Sequence[Fault]) -> Row:
    recovered = percentile(schedule.recovered_s, 0.99) or 0.0
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
        "kill_points": schedule.kills,
        "faults": dict(sorted(schedule.counts.items())),
        "worker_killed_mid_task": mid_task,
        "revived": dict(sorted(site.revived.items())),
        "recoveries_seen": len(schedule.recovered_s),
        "recovered_p99_s": round(recovered, 2),
        "recovered_p50_s": round(percentile(schedule.recovered_s, 0.5) or 0.0, 2),
        "slow": schedule.slow[:10],
        "slow_drains": slow,
        "failed_backups": failed,
        "complaints": {name: site.count_tracebacks(name) for name in site.programs},
        "broken": [name for name, is_broken in broken.items() if is_broken],
    }


def _wait_for_windows(site: Site, sittings: Sequence[UUID], ended: datetime) -> StoredEffects:
    """Once every Window that was due at the end is done or late, or patience is over."""
    until = time.monotonic() + WINDOWS_DONE_WITHIN_S
    while (made := invariants.count_effects(sittings, now=ended)).windows_open:
        if time.monotonic() > until:
            break
        site.fault_thread.submit(site.revive).result()
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
