"""One run: a separate database and web process, pages that send, and the cost."""

from __future__ import annotations

import asyncio
import functools
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from demo.simulated_learners.stats import percentile
from deployment.free_port import first_free
from deployment.processes import WEB, make_single_process_command
from tools.loadtest.ingest import client
from tools.testbed import machine
from tools.testbed.environment import ROOT, run_python, wait_until_ready
from tools.testbed.open_sittings import SittingAccess

WEB_PATIENCE_S = 20.0
SITE = "site"
ECHOES = {
    "parsing echo": "tools.loadtest.ingest.baseline_servers:parsing",
    "Channels echo": "tools.loadtest.ingest.baseline_servers:channels",
    "WebSocket echo": "tools.loadtest.ingest.baseline_servers:websocket",
}
TARGETS = (SITE, *ECHOES)
INGEST = ("-m", "tools.loadtest", "ingest")


def make_sittings(environment: Mapping[str, str], count: int) -> list[SittingAccess]:
    made = run_python(environment, *INGEST, "--prepare", str(count))
    return [SittingAccess(**door) for door in json.loads(made.splitlines()[-1])]


def measure_copy(environment: Mapping[str, str], seconds: float) -> dict[str, Any]:
    made = run_python(environment, *INGEST, "--copy", str(seconds))
    return {"target": "raw COPY", **json.loads(made.splitlines()[-1])}


@contextmanager
def pin_processes(environment: Mapping[str, str], pin: bool) -> Iterator[None]:
    """With `pin`, clients and PostgreSQL run on core 1 and leave core 0 to the web process."""
    others = [0, *machine.find_processes_in(Path(environment["ATTUNE_VAR"]))]
    cores = os.sched_getaffinity(0)
    if pin:
        machine.pin_to_cores(others, {1})
    try:
        yield
    finally:
        machine.pin_to_cores(
            [0, *machine.find_processes_in(Path(environment["ATTUNE_VAR"]))], cores
        )


def measure(
    environment: Mapping[str, str],
    target: str,
    entered: Sequence[SittingAccess],
    *,
    seconds: float,
    every_s: float,
    pin: bool,
) -> dict[str, Any]:
    """Return the figures of one run against `target`."""
    with (
        pin_processes(environment, pin),
        _run_web(environment, target, pin) as (process, port),
    ):
        cpu_s = functools.partial(machine.cpu_s, process.pid)
        tally = asyncio.run(client.run_pages(entered, port, seconds, every_s, cpu_s))
        if process.poll() is not None:
            tally.errors.append("the web process ended")
    waits = sorted(tally.waits_s)
    return {
        "target": target,
        "sockets": len(entered),
        "every_s": every_s,
        "messages": len(waits),
        "messages_a_second": round(tally.in_time / seconds),
        "ack_p50_ms": _ms(percentile(waits, 0.5)),
        "ack_p99_ms": _ms(percentile(waits, 0.99)),
        "web_cpu_us_a_message": round(tally.cpu_s / max(1, tally.in_time) * 1e6),
        "not_acknowledged": tally.sent - len(waits),
        "errors": sorted(set(tally.errors))[:5],
        "pinned": pin,
    }


@contextmanager
def _run_web(
    environment: Mapping[str, str], target: str, pin: bool
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = first_free(8470)
    at = ("--host", "127.0.0.1", "--port", str(port))
    command = make_single_process_command(ECHOES[target]) if target in ECHOES else WEB
    process = subprocess.Popen([*command, *at], env=dict(environment), cwd=ROOT)
    try:
        if pin:
            os.sched_setaffinity(process.pid, {0})
        wait_until_ready(port, WEB_PATIENCE_S)
        yield process, port
    finally:
        process.terminate()
        process.wait(15)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)
