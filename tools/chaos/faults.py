"""What can go wrong, each as a small class: `start` does the harm, `stop` heals it.

`kills` = how many processes a start kills: one is a kill point. `lasts_s` = how long it lasts, at
least and at most, where that is not the storm's pace. What they do may block, so they run in a
thread, except those of the network and of the pages (`network_faults`), which live in the event
loop.
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

from tools.testbed.environment import wait_until_it_answers
from tools.testbed.site import Site

# A claimed Window is hidden for longer than it would wait for its time.
MID_TASK = """
SELECT EXISTS (SELECT FROM telemetry_window w JOIN telemetry_sitting s ON s.id = w.sitting
WHERE w.state = 'pending' AND w.due_at > now() + interval '20 s'
AND s.began_at + make_interval(secs => w.cut * 5 + 5) < now())
"""


@dataclass(slots=True)
class Fault:
    """One kind of harm to a site."""

    site: Site
    kills: int = field(default=0, init=False)
    lasts_s: tuple[float, float] | None = field(default=None, init=False)
    in_loop: bool = field(default=False, init=False)
    refuses: tuple[str, ...] = field(default=(), init=False)

    @property
    def name(self) -> str:
        return type(self).__name__

    def start(self) -> None:
        """Do the harm."""

    def stop(self) -> None:
        """Make it good again."""


@dataclass(slots=True)
class KillWeb(Fault):
    """kill -9 of the web process."""

    def __post_init__(self) -> None:
        self.kills = 1

    def start(self) -> None:
        self.site.programs["web"].kill()

    def stop(self) -> None:
        self.site.programs["web"].start()
        wait_until_it_answers(self.site.port)


@dataclass(slots=True)
class KillWorker(Fault):
    """kill -9 of the worker while it has Windows in hand, where it comes to that within 2 s."""

    mid_task: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self.kills = 1

    def start(self) -> None:
        self.mid_task += self._caught()
        self.site.programs["worker"].kill()

    def _caught(self) -> bool:
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
    """kill -9 of the clock that sends the sweeps."""

    def __post_init__(self) -> None:
        self.kills = 1

    def start(self) -> None:
        self.site.programs["beat"].kill()

    def stop(self) -> None:
        self.site.programs["beat"].start()


@dataclass(slots=True)
class Drain(Fault):
    """SIGTERM to the web process, as a deploy sends it, then a new one."""

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
        wait_until_it_answers(self.site.port)


@dataclass(slots=True)
class Freeze(Fault):
    """SIGSTOP of a program, of all of PostgreSQL or of Redis: it is there and does nothing."""

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
    """Immediate stop: SIGQUIT to the postmaster, no checkpoint; then it starts anew."""

    def __post_init__(self) -> None:
        self.kills = 1

    def start(self) -> None:
        self.site.quit_postgres()

    def stop(self) -> None:
        self.site.wait_for_database()


@dataclass(slots=True)
class DiskFull(Fault):
    """No file of PostgreSQL takes a byte more: it gives up with its log, until there is room."""

    def __post_init__(self) -> None:
        self.kills, self.lasts_s = 1, (1.0, 2.0)

    def start(self) -> None:
        self.site.limit_files(0)

    def stop(self) -> None:
        self.site.limit_files(resource.RLIM_INFINITY)
        self.site.wait_for_database()


@dataclass(slots=True)
class LockBlocks(Fault):
    """Somebody holds the table of Blocks: nothing is committed until they let go."""

    holder: psycopg.Connection[tuple[object, ...]] | None = field(default=None, init=False)

    def start(self) -> None:
        self.holder = psycopg.connect(self.site.conninfo)
        self.holder.execute("LOCK TABLE telemetry_block IN EXCLUSIVE MODE")

    def stop(self) -> None:
        if self.holder is not None:
            self.holder.close()


@dataclass(slots=True)
class KillWhileLocked(LockBlocks):
    """The web process is killed while its Blocks wait for their commit."""

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
    """kill -9 of Redis; what it held is gone."""

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
    """FLUSHALL."""

    def start(self) -> None:
        if self.site.redis is not None:
            self.site.redis.flush()


@dataclass(slots=True)
class SleepRedis(Fault):
    """DEBUG SLEEP: Redis is connected to, and answers nobody."""

    longest_s: float = 10.0

    def start(self) -> None:
        if self.site.redis is not None:
            self.site.redis.sleep(self.longest_s ** self.site.rng.random())


@dataclass(slots=True)
class Backup(Fault):
    """A backup is made while pages send, and thrown away; `failed` = those that were not made."""

    failed: int = field(default=0, init=False)

    def start(self) -> None:
        folder = self.site.folder / "backups"
        try:
            call_command("backup", "--to", str(folder), stdout=StringIO())
        except CommandError:
            self.failed += 1
        shutil.rmtree(folder, ignore_errors=True)
