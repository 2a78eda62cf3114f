"""The processes of a running site (web, worker, beat), and how each is started and stopped."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from deployment.supervisor import Process

STOP_ORDER = ("learner", "web", "beat", "worker")
QUEUES = "live,slow"
# Per process; more would only wait for the two cores.
MAX_CONNECTIONS = 8
WEB = (sys.executable, "-m", "config.server.web_server")
CELERY = ("-m", "celery", "--quiet", "-A", "config.celery:app")
# wsproto passes Autobahn; the size limit leaves messages over 64 KiB to the app to refuse. The ping
# timeout is long: a site busy with a class must not mistake its own delay for the page's.
SOCKETS: Final[dict[str, Any]] = {
    "ws": "config.server.websocket_protocol:BatchingWebSocket",
    "ws_max_size": 262_144,
    "ws_per_message_deflate": False,
    "ws_ping_interval": 10,
    "ws_ping_timeout": 30,
}
QUIET_AS_ROOT = "ignore:You're running the worker with superuser privileges"


def make_web(host: str, port: int, environment: Mapping[str, str]) -> Process:
    command = [*WEB, "--host", host, "--port", str(port)]
    # Its threads wait for each other at the interpreter's lock, and hardly at the heap's.
    return Process("web", command, {**environment, "MALLOC_ARENA_MAX": "1"}, signal.SIGINT)


def make_single_process_command(application: str) -> list[str]:
    """Return uvicorn's own command for pages and sockets in one process, sockets as on the site."""
    spoken = [f"--{name.replace('_', '-')}={value}" for name, value in SOCKETS.items()]
    return [
        *(sys.executable, "-m", "uvicorn", application),
        *("--http", "config.server.head_limits:LimitedHeads"),
        *("--no-access-log", "--log-level", "warning", *spoken),
    ]


def make_worker(environment: Mapping[str, str], threads: int = 3, queues: str = QUEUES) -> Process:
    command = [
        *(sys.executable, *CELERY, "worker", "--queues", queues),
        *("--pool", "threads", "--concurrency", str(threads), "--loglevel", "WARNING"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]
    return Process("worker", command, environment, patience_s=15)


def make_beat(environment: Mapping[str, str]) -> Process:
    command = [*(sys.executable, *CELERY, "beat", "--loglevel", "WARNING"), "--pidfile", ""]
    return Process("beat", command, environment)


def make_environment(root: Path, profile: str | None) -> dict[str, str]:
    """Return the environment variables the children need besides the inherited ones; no secrets."""
    paths = [str(root), str(root / "platform")]
    inherited = os.environ.get("PYTHONPATH", "")
    warnings = os.environ.get("PYTHONWARNINGS", "")
    return {
        "PYTHONPATH": os.pathsep.join(paths + [part for part in [inherited] if part]),
        "PYTHONWARNINGS": ",".join(part for part in (warnings, QUIET_AS_ROOT) if part),
        "PYTHONUNBUFFERED": "1",
        # glibc keeps a heap for each thread of a process, and returns little of it.
        "MALLOC_ARENA_MAX": "2",
        # By default it comes to keep 64 MB at the top of each heap for the next large array.
        "MALLOC_MMAP_THRESHOLD_": "1048576",
        "MALLOC_TRIM_THRESHOLD_": "4194304",
        # Compiling everything at each start is slow, and costs 5 MB of memory.
        "PYTHONDONTWRITEBYTECODE": "",
        "ATTUNE_LEND_POSTGRES": "",
        "DATABASE_POOL": os.environ.get("DATABASE_POOL", str(MAX_CONNECTIONS)),
        **({"LEGAL_PROFILE": profile} if profile else {}),
    }
