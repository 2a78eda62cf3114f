"""One run: simulated learners on a separate site, latencies and memory."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import replace
from datetime import datetime

from channels.db import database_sync_to_async
from django.conf import settings
from django.core.management import call_command

from courses.models import Course
from demo.simulated_learners.course import list_lessons
from demo.simulated_learners.simulated_class import SimulatedClass, make_learner
from demo.simulated_learners.stats import Row, make_table
from deployment import free_port, processes
from deployment.supervisor import Supervisor
from estimates.registry import predictors
from pipeline import video_semantics
from tools.testbed import sandbox
from tools.testbed.environment import wait_until_ready
from tools.testbed.machine import memory_mb

__all__ = ["Row", "make_class", "measure_offers", "run_site"]
# Time for the last Windows to be processed: after 200 learners, two cores need 15 s for them.
SETTLE_S = 20.0
HOST, FIRST_PORT = "127.0.0.1", 18400
PROGRAMS = ("web", "worker")
Pids = Mapping[str, int]


def make_class(count: int, *, seed: int, pace: float, alone: bool, now: datetime) -> SimulatedClass:
    """Create a class in the demo's course; all Predictors are in use, or with `alone` only the
    shown one.
    """
    if not (settings.VAR / sandbox.MARK).exists():
        raise sandbox.NotASandbox("expected a site that this command made for itself")
    with redirect_stdout(sys.stderr):
        sandbox.set_up_course(now)
        call_command("collectstatic", verbosity=0, interactive=False)
    # As on a site that has had its videos for an hour: reading their slides takes a core.
    video_semantics.update_semantics(clock=lambda: now)
    if not alone:
        predictors.register_shipped(now=now)
    users = sandbox.make_learners(count, now)
    members = [make_learner(user, n, seed=seed, pace=pace) for n, user in enumerate(users, start=1)]
    url = f"http://{HOST}:{free_port.first_free(FIRST_PORT, HOST)}"
    return SimulatedClass(members, list_lessons(Course.objects.get()), url)


@contextmanager
def run_site(url: str, *, workers: int = 1) -> Iterator[Pids]:
    """Run web, workers and scheduler as the demo does; yield the process of each.

    The first worker takes every task, because a run has few slow ones; further workers are the live
    workers of the guide. Without a worker, the Windows of the class are recorded and stay due.
    """
    port = int(url.rpartition(":")[2])
    environment = processes.make_environment(settings.BASE_DIR, "demo")
    supervisor = Supervisor(settings.VAR / "log", lambda _: None, settings.BASE_DIR)
    try:
        supervisor.start(processes.make_web(HOST, port, environment))
        if workers:
            supervisor.start(processes.make_worker(environment))
            supervisor.start(processes.make_beat(environment))
        for number in range(2, workers + 1):
            further = processes.make_worker(environment, queues="live")
            supervisor.start(replace(further, name=f"worker_{number}"))
        wait_until_ready(port)
        yield {name: started.pid for name, (_, started) in supervisor.running.items()}
    finally:
        supervisor.stop(processes.STOP_ORDER)


async def measure_offers(
    group: SimulatedClass, pids: Pids, seconds: float, say: Callable[[str], None]
) -> list[Row]:
    """Run the class for `seconds`; return all figures of learners and site."""
    most: dict[str, float] = {}
    looking = asyncio.create_task(_watch_memory(pids, most))
    figures = await group.run(seconds, say)
    await asyncio.sleep(SETTLE_S)
    looking.cancel()
    rows = await database_sync_to_async(make_table)(figures)
    memory = [{"figure": f"rss_{name}", "value": mb, "unit": "MB"} for name, mb in most.items()]
    return [*rows, *memory]


async def _watch_memory(pids: Pids, most: dict[str, float]) -> None:
    """Record the memory of web and workers every second."""
    watched = [name for name in pids if name.startswith(PROGRAMS)]
    while True:
        with suppress(OSError, IndexError):
            for name, mb in memory_mb({name: pids[name] for name in watched}).items():
                most[name] = max(most.get(name, 0.0), mb)
        await asyncio.sleep(1)
