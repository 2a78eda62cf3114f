"""Makes the environment of a measurement: a site of its own in a temporary folder."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings

from deployment.processes import KEPT_CONNECTIONS
from vault import http_client

PATIENCE_S = 60.0
ROOT = Path(__file__).resolve().parents[2]


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
        with _postgres(Path(folder) / "postgres").keep_running():
            output_of(environment, "manage.py", "migrate", "--verbosity", "0")
            yield environment


def _postgres(folder: Path) -> Any:
    """A private PostgreSQL beside the site's own."""
    if settings.PRIVATE_POSTGRES is None:
        raise RuntimeError("expected no DATABASE_URL: this starts a PostgreSQL of its own")
    return dataclasses.replace(settings.PRIVATE_POSTGRES, folder=folder)


def output_of(environment: Mapping[str, str], *arguments: str) -> str:
    """What Python with these arguments prints there; CalledProcessError if it fails."""
    done = subprocess.run(
        [sys.executable, *arguments],
        env=dict(environment), cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return done.stdout


def rows_of(environment: Mapping[str, str], *arguments: str) -> Iterator[dict[str, Any]]:
    """What `python -m` with these arguments prints there as JSON, row by row as it comes;
    SystemExit if it fails."""
    command = [sys.executable, "-m", *arguments]
    with subprocess.Popen(
        command, env=dict(environment), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as running:
        yield from (json.loads(line) for line in running.stdout or () if line.startswith("{"))
    if running.returncode:
        raise SystemExit(running.returncode)


def said_of(row: Mapping[str, Any]) -> str:
    """A row for whoever waits for the next."""
    return ", ".join(f"{key} {value}" for key, value in row.items())


def wait_until_it_answers(port: int, patience_s: float = PATIENCE_S) -> None:
    """Until the web process on this computer is up; TimeoutError when it does not come."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        with suppress(OSError):
            if http_client.send_request(
                "GET", f"http://127.0.0.1:{port}/health/live", timeout=2
            ).accepted:
                return
        time.sleep(0.02)
    raise TimeoutError(f"the web process did not answer within {patience_s:.0f} s")
