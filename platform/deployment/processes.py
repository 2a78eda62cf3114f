"""What a running site is made of: web, worker and beat, and how each is started and ended."""

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
# A process; more would wait for the cores of two anyway.
KEPT_CONNECTIONS = 8
WEB = (sys.executable, "-m", "config.server.web_server")
CELERY = ("-m", "celery", "--quiet", "-A", "config.celery:app")
# Inside is wsproto, which passes Autobahn; the size leaves it to the app to refuse over 64 KiB. It
# is patient with a ping: a site that is busy with a class must not take its own delay for a page's.
SOCKETS: Final[dict[str, Any]] = {
    "ws": "config.server.websocket_protocol:BatchingWebSocket",
    "ws_max_size": 262_144,
    "ws_per_message_deflate": False,
    "ws_ping_interval": 10,
    "ws_ping_timeout": 30,
}
QUIET_AS_ROOT = "ignore:You're running the worker with superuser privileges"


def web(host: str, port: int, environment: Mapping[str, str]) -> Process:
    command = [*WEB, "--host", host, "--port", str(port)]
    # Its threads wait for one another at the interpreter's lock and hardly at the heap's.
    return Process("web", command, {**environment, "MALLOC_ARENA_MAX": "1"}, signal.SIGINT)


def one_process(application: str) -> list[str]:
    """uvicorn's own command for pages and sockets in one process; sockets as the site has them."""
    spoken = [f"--{name.replace('_', '-')}={value}" for name, value in SOCKETS.items()]
    return [
        *(sys.executable, "-m", "uvicorn", application),
        *("--http", "config.server.head_limits:LimitedHeads"),
        *("--no-access-log", "--log-level", "warning", *spoken),
    ]


def worker(environment: Mapping[str, str], threads: int = 3, queues: str = QUEUES) -> Process:
    command = [
        *(sys.executable, *CELERY, "worker", "--queues", queues),
        *("--pool", "threads", "--concurrency", str(threads), "--loglevel", "WARNING"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]
    return Process("worker", command, environment, patience_s=15)


def beat(environment: Mapping[str, str], schedule: Path) -> Process:
    command = [
        *(sys.executable, *CELERY, "beat", "--loglevel", "WARNING"),
        *("--schedule", str(schedule), "--pidfile", ""),
    ]
    return Process("beat", command, environment)


def environment(root: Path, profile: str | None) -> dict[str, str]:
    """What the children need besides what they inherit; nothing of it is a secret."""
    paths = [str(root), str(root / "platform")]
    inherited = os.environ.get("PYTHONPATH", "")
    warnings = os.environ.get("PYTHONWARNINGS", "")
    return {
        "PYTHONPATH": os.pathsep.join(paths + [part for part in [inherited] if part]),
        "PYTHONWARNINGS": ",".join(part for part in (warnings, QUIET_AS_ROOT) if part),
        "PYTHONUNBUFFERED": "1",
        # glibc keeps a heap for each of a process's threads, and gives little of them back.
        "MALLOC_ARENA_MAX": "2",
        # And by itself it comes to keep 64 MB at the top of each for the next large array.
        "MALLOC_MMAP_THRESHOLD_": "1048576",
        "MALLOC_TRIM_THRESHOLD_": "4194304",
        # A start that compiles everything again is slow, and keeps 5 MB of what it needed for it.
        "PYTHONDONTWRITEBYTECODE": "",
        "ATTUNE_LEND_POSTGRES": "",
        "DATABASE_POOL": os.environ.get("DATABASE_POOL", str(KEPT_CONNECTIONS)),
        **({"LEGAL_PROFILE": profile} if profile else {}),
    }
