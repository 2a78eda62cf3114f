"""One run: a database and a web process of its own, pages that send, and what it cost."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings

from demo.simulated_learners.stats import percentile
from deployment.free_port import first_free
from deployment.processes import KEPT_CONNECTIONS, WEB, one_process
from tools.loadtest.ingest import client
from tools.testbed import machine
from tools.testbed.open_sittings import Door
from vault import http_client

PATIENCE_S, WEB_PATIENCE_S = 60.0, 20.0
ROOT = Path(__file__).resolve().parents[3]
SITE = "site"
ECHOES = {
    "parsing echo": "tools.loadtest.ingest.baseline_servers:parsing",
    "Channels echo": "tools.loadtest.ingest.baseline_servers:channels",
    "WebSocket echo": "tools.loadtest.ingest.baseline_servers:websocket",
}
TARGETS = (SITE, *ECHOES)


@contextmanager
def place() -> Iterator[Mapping[str, str]]:
    """A site of its own in a temporary folder, migrated; yields the environment to run it in."""
    with tempfile.TemporaryDirectory(prefix="attune-bench-") as folder:
        paths = [str(ROOT), str(ROOT / "platform")]
        environment = {
            **{k: v for k, v in os.environ.items() if "DATABASE" not in k},
            "ATTUNE_VAR": folder,
            "LEGAL_PROFILE": "demo",
            "PYTHONPATH": os.pathsep.join(paths),
            "ATTUNE_LEND_POSTGRES": "",
            "DATABASE_POOL": str(KEPT_CONNECTIONS),
        }
        (Path(folder) / "static").mkdir()
        with _postgres(Path(folder) / "postgres").kept():
            _manage(environment, "migrate", "--verbosity", "0")
            yield environment


def _postgres(folder: Path) -> Any:
    """A private PostgreSQL beside the site's own."""
    if settings.PRIVATE_POSTGRES is None:
        raise RuntimeError("expected no DATABASE_URL: this starts a PostgreSQL of its own")
    return dataclasses.replace(settings.PRIVATE_POSTGRES, folder=folder)


def doors(environment: Mapping[str, str], count: int) -> list[Door]:
    made = _manage(environment, "bench_ingest", "--prepare", str(count))
    return [Door(**door) for door in json.loads(made.splitlines()[-1])]


def rows_of(environment: Mapping[str, str], *arguments: str) -> Iterator[dict[str, Any]]:
    """What a command prints there as JSON, row by row as it comes; SystemExit if it fails."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    with subprocess.Popen(
        command, env=dict(environment), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as running:
        yield from (json.loads(line) for line in running.stdout or () if line.startswith("{"))
    if running.returncode:
        raise SystemExit(running.returncode)


def said_of(row: Mapping[str, Any]) -> str:
    """A row for whoever waits for the next."""
    return ", ".join(f"{key} {value}" for key, value in row.items())


def copying(environment: Mapping[str, str], seconds: float) -> dict[str, Any]:
    made = _manage(environment, "bench_ingest", "--copy", str(seconds))
    return {"target": "raw COPY", **json.loads(made.splitlines()[-1])}


@contextmanager
def pinned(environment: Mapping[str, str], pin: bool) -> Iterator[None]:
    """With `pin`, clients and PostgreSQL keep to core 1, and leave core 0 to the web process."""
    others = [0, *machine.running_in(Path(environment["ATTUNE_VAR"]))]
    cores = os.sched_getaffinity(0)
    if pin:
        machine.may_run_on(others, {1})
    try:
        yield
    finally:
        machine.may_run_on([0, *machine.running_in(Path(environment["ATTUNE_VAR"]))], cores)


def measure(
    environment: Mapping[str, str],
    target: str,
    entered: Sequence[Door],
    *,
    seconds: float,
    every_s: float,
    pin: bool,
) -> dict[str, Any]:
    """Figures of one run against `target`."""
    with (
        pinned(environment, pin),
        _web(environment, target, pin) as (process, port),
    ):
        cpu_s = functools.partial(machine.cpu_s, process.pid)
        tally = asyncio.run(client.run(entered, port, seconds, every_s, cpu_s))
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
def _web(
    environment: Mapping[str, str], target: str, pin: bool
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    port = first_free(8470)
    at = ("--host", "127.0.0.1", "--port", str(port))
    command = one_process(ECHOES[target]) if target in ECHOES else WEB
    process = subprocess.Popen([*command, *at], env=dict(environment), cwd=ROOT)
    try:
        if pin:
            os.sched_setaffinity(process.pid, {0})
        wait_until_it_answers(port, WEB_PATIENCE_S)
        yield process, port
    finally:
        process.terminate()
        process.wait(15)


def wait_until_it_answers(port: int, patience_s: float = PATIENCE_S) -> None:
    """Until the web process on this computer is up; TimeoutError when it does not come."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        with suppress(OSError):
            if http_client.send("GET", f"http://127.0.0.1:{port}/health/live", timeout=2).accepted:
                return
        time.sleep(0.02)
    raise TimeoutError(f"the web process did not answer within {patience_s:.0f} s")


def _manage(environment: Mapping[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        env=dict(environment), cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return done.stdout


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)
