"""Creates a separate site in a temporary folder, as the environment of a measurement."""

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

from deployment.processes import MAX_CONNECTIONS
from vault import http_client

PATIENCE_S = 60.0
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def make_site() -> Iterator[Mapping[str, str]]:
    """Create and migrate a site in a temporary folder; yield the environment variables to run
    it.
    """
    with tempfile.TemporaryDirectory(prefix="attune-bench-") as folder:
        paths = [str(ROOT), str(ROOT / "platform")]
        environment = {
            **inherit_variables(),
            "ATTUNE_VAR": folder,
            "LEGAL_PROFILE": "demo",
            "PYTHONPATH": os.pathsep.join(paths),
            "ATTUNE_LEND_POSTGRES": "",
            "DATABASE_POOL": str(MAX_CONNECTIONS),
        }
        (Path(folder) / "static").mkdir()
        with _postgres(Path(folder) / "postgres").keep_running():
            run_python(environment, "manage.py", "migrate", "--verbosity", "0")
            yield environment


def inherit_variables() -> dict[str, str]:
    """Return the environment without what leads to the data of the developer's own site."""
    return {name: value for name, value in os.environ.items() if not _names_other_site(name)}


def _names_other_site(variable: str) -> bool:
    foreign = variable.startswith(("MEDIA_S3_", "KEYSTORE_")) or variable == "REDIS_URL"
    return foreign or "DATABASE" in variable


def _postgres(folder: Path) -> Any:
    """Start a second private PostgreSQL, next to the site's own."""
    if settings.PRIVATE_POSTGRES is None:
        raise RuntimeError("expected no DATABASE_URL: this starts a PostgreSQL of its own")
    return dataclasses.replace(settings.PRIVATE_POSTGRES, folder=folder)


def run_python(environment: Mapping[str, str], *arguments: str) -> str:
    """Run Python with these arguments there and return its output; CalledProcessError if it
    fails.
    """
    done = subprocess.run(
        [sys.executable, *arguments],
        env=dict(environment), cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return done.stdout


def run_rows(environment: Mapping[str, str], *arguments: str) -> Iterator[dict[str, Any]]:
    """Run `python -m` with these arguments there; yield its JSON rows as they are printed.

    SystemExit if it fails.
    """
    command = [sys.executable, "-m", *arguments]
    with subprocess.Popen(
        command, env=dict(environment), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as running:
        yield from (json.loads(line) for line in running.stdout or () if line.startswith("{"))
    if running.returncode:
        raise SystemExit(running.returncode)


def format_row(row: Mapping[str, Any]) -> str:
    """Format a row as progress output."""
    return ", ".join(f"{key} {value}" for key, value in row.items())


def wait_until_ready(port: int, patience_s: float = PATIENCE_S) -> None:
    """Wait until the local web process answers; TimeoutError after `patience_s`."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        with suppress(OSError):
            if http_client.send_request(
                "GET", f"http://127.0.0.1:{port}/health/live", timeout=2
            ).accepted:
                return
        time.sleep(0.02)
    raise TimeoutError(f"the web process did not answer within {patience_s:.0f} s")
