"""Faults, each a small class: `start` injects it, `stop` undoes it.

`kills`: how many processes `start` kills; each is one kill point. `lasts_s`: shortest and longest
duration, where it differs from the schedule's. `start` and `stop` may block, so they run in a
thread, except for the faults of the network and the pages (`network_faults`), which live in the
event loop.
"""

from __future__ import annotations

import resource
import shutil
import signal
import time
from dataclasses import dataclass, field
from io import StringIO

import psycopg
from django.core.management import CommandError, call_command

from tools.testbed.environment import wait_until_ready
from tools.testbed.site import Site

# A claimed Window is hidden for longer than its normal waiting time.
MID_TASK = """
SELECT EXISTS (SELECT FROM telemetry_window w JOIN telemetry_sitting s ON s.id = w.sitting
WHERE w.state = 'pending' AND w.due_at > now() + interval '20 s'
AND s.began_at + make_interval(secs => w.cut * 5 + 5) < now())
"""


@dataclass(slots=True)
class Fault:
    """One kind of fault in a site."""

    site: Site
    kills: int = field(default=0, init=False)
    lasts_s: tuple[float, float] | None = field(default=None, init=False)
    in_loop: bool = field(default=False, init=False)
    refuses: tuple[str, ...] = field(default=(), init=False)

    @property
    def name(self) -> str:
        return type(self).__name__

    def start(self) -> None:
        """Inject the fault."""

    def stop(self) -> None:
        """Undo the fault."""


@dataclass(slots=True)
class KillWeb(Fault):
    """kill -9 of the web process."""

    def __post_init__(self) -> None:
        self.kills = 1

    def start(self) -> None:
        self.site.programs["web"].kill()

    def stop(self) -> None:
        self.site.programs["web"].start()
        wait_until_ready(self.site.port)


@dataclass(slots=True)
class KillWorker(Fault):
    """kill -9 of the worker, while it processes Windows if that happens within 2 s."""

    mid_task: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.kills = 1

    def start(self) -> None:
        self.mid_task += self._wait_for_claim()
        self.site.programs["worker"].kill()

    def _wait_for_claim(self) -> bool:
        until = time.monotonic() + 2
        with psycopg.connect(self.site.conninfo, autocommit=True) as asking:
            while time.monotonic() < until:
                row = asking.execute(MID_TASK).fetchone()
                if row and row[0]:
                    return True
                time.sleep(0.005)
        return False

    def stop(self) -> None:
        self.site.programs["worker"].start()


@dataclass(slots=True)
class KillBeat(Fault):
    """kill -9 of the scheduler process."""

    def __post_init__(self) -> None:
        self.kills = 1

    def start(self) -> None:
        self.site.programs["beat"].kill()

    def stop(self) -> None:
        self.site.programs["beat"].start()


@dataclass(slots=True)
class Drain(Fault):
    """SIGTERM to the web process, as a deployment sends it, then a new process."""

    slow: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.kills = 1

    def start(self) -> None:
        web = self.site.programs["web"]
        web.signal(signal.SIGTERM)
        if not web.wait(10):
            self.slow += 1
            web.kill()

    def stop(self) -> None:
        self.site.programs["web"].start()
        wait_until_ready(self.site.port)


@dataclass(slots=True)
class Freeze(Fault):
    """SIGSTOP of a program, of all of PostgreSQL or of Redis: it runs but does not respond."""

    program: str = "web"

    def __post_init__(self) -> None:
        self.lasts_s = (1.0, 30.0)

    @property
    def name(self) -> str:
        return f"Freeze {self.program}"

    def start(self) -> None:
        self.site.send(self.program, signal.SIGSTOP)

    def stop(self) -> None:
        self.site.send(self.program, signal.SIGCONT)


@dataclass(slots=True)
class KillBackend(Fault):
    """kill -9 of a PostgreSQL backend: the whole server recovers from its log."""

    def __post_init__(self) -> None:
        self.kills = 1

    def start(self) -> None:
        self.site.kill_backend()

    def stop(self) -> None:
        self.site.wait_for_database()


@dataclass(slots=True)
class StopPostgres(Fault):
    """Immediate stop: SIGQUIT to the postmaster, without a checkpoint; then a new start."""

    def __post_init__(self) -> None:
        self.kills = 1

    def start(self) -> None:
        self.site.quit_postgres()

    def stop(self) -> None:
        self.site.wait_for_database()


@dataclass(slots=True)
class DiskFull(Fault):
    """PostgreSQL cannot extend any file: it stops when its log cannot grow, until there is room."""

    def __post_init__(self) -> None:
        self.kills, self.lasts_s = 1, (1.0, 2.0)

    def start(self) -> None:
        self.site.limit_files(0)

    def stop(self) -> None:
        self.site.limit_files(resource.RLIM_INFINITY)
        self.site.wait_for_database()


@dataclass(slots=True)
class LockBlocks(Fault):
    """Another session locks the table of Blocks: nothing is committed until it releases the
    lock.
    """

    holder: psycopg.Connection[tuple[object, ...]] | None = field(default=None, init=False)

    def start(self) -> None:
        self.holder = psycopg.connect(self.site.conninfo)
        self.holder.execute("LOCK TABLE telemetry_block IN EXCLUSIVE MODE")

    def stop(self) -> None:
        if self.holder is not None:
            self.holder.close()


@dataclass(slots=True)
class KillWhileLocked(LockBlocks):
    """Kill the web process while its Blocks wait for their commit."""

    def __post_init__(self) -> None:
        self.kills = 1

    def start(self) -> None:
        LockBlocks.start(self)
        time.sleep(0.5)
        self.site.programs["web"].kill()

    def stop(self) -> None:
        LockBlocks.stop(self)
        KillWeb.stop(self)  # type: ignore[arg-type]  # needs the site alone


@dataclass(slots=True)
class KillRedis(Fault):
    """kill -9 of Redis; its data are lost."""

    def __post_init__(self) -> None:
        self.kills = 1

    def start(self) -> None:
        if self.site.redis is not None:
            self.site.redis.kill()

    def stop(self) -> None:
        if self.site.redis is not None:
            self.site.redis.start()


@dataclass(slots=True)
class FlushRedis(Fault):
    """Redis FLUSHALL."""

    def start(self) -> None:
        if self.site.redis is not None:
            self.site.redis.flush()


@dataclass(slots=True)
class SleepRedis(Fault):
    """Redis DEBUG SLEEP: connections are accepted but nothing is answered."""

    longest_s: float = 10.0

    def start(self) -> None:
        if self.site.redis is not None:
            self.site.redis.sleep(self.longest_s ** self.site.rng.random())


@dataclass(slots=True)
class Backup(Fault):
    """Make a backup while pages send, then discard it.

    `failed`: the number of backups that could not be made.
    """

    failed: int = field(default=0, init=False)

    def start(self) -> None:
        folder = self.site.folder / "backups"
        try:
            call_command("backup", "--to", str(folder), stdout=StringIO())
        except CommandError:
            self.failed += 1
        shutil.rmtree(folder, ignore_errors=True)
