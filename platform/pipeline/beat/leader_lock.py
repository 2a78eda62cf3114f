"""The advisory lock that elects one beat of a site; its holder may send (ADR 0097).

The lock lives as long as the session of a connection of its own. The server ends a session that
is silent for RELEASE_S, so a frozen or cut off holder is soon replaced. It must ask the server
before each send, and the answer counts for ANSWER_S from the question. A new holder sends nothing
for HANDOVER_S, which is longer, so two never send at once.
"""

from __future__ import annotations

import logging
import time
from typing import Any, Final, TypeVar

import psycopg
from django.db import connection as default_connection
from psycopg.abc import PQGen

from push.listener import connection_parameters

LOCK: Final = 7003
TRY_S: Final = 1.0
ANSWER_S: Final = 1.0
# So long after an answer, the next of several sends need not ask again.
FRESH_S: Final = 0.1
HANDOVER_S: Final = 2.0
RELEASE_S: Final = 3.0
# So long a process that cannot send leaves the lock to others, which try each TRY_S.
ASIDE_S: Final = 3.0
STANDBY, LEADER = "attune beat standby", "attune beat"
# A write: a standby refuses it, and a former primary without its synchronous standby hangs.
PROOF: Final = "SELECT pg_logical_emit_message(true, 'attune.beat', '')"
logger = logging.getLogger(__name__)
RV = TypeVar("RV")


class ImpatientConnection(psycopg.Connection[Any]):
    """A connection that waits ANSWER_S for an answer; a server may be frozen or unreachable."""

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:  # noqa: ARG002
        return super().wait(gen, interval=interval, timeout=ANSWER_S)


def read_clock() -> float:
    """Return seconds that also pass while the machine sleeps."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def connect() -> ImpatientConnection:
    """Connect to the server that takes writes, among those of DATABASE_URL, as the site's role."""
    role = default_connection.settings_dict["OPTIONS"].get("assume_role")
    settings = {
        "statement_timeout": f"{ANSWER_S:.0f}s",
        "idle_session_timeout": f"{RELEASE_S:.0f}s",
        # For an answer that the network does not deliver.
        "tcp_user_timeout": f"{RELEASE_S:.0f}s",
        **({"role": role} if role else {}),
    }
    parameters = connection_parameters() | {
        "target_session_attrs": "read-write",
        "application_name": STANDBY,
        "connect_timeout": 2,
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
    }
    return ImpatientConnection.connect(**parameters, autocommit=True)


class LeaderLock:
    """The lock as one process sees it: not held, held for a moment, or held and to be used."""

    def __init__(self) -> None:
        self.connection: psycopg.Connection[Any] | None = None
        self.held_since: float | None = None
        self.proved_at = 0.0
        self.aside_until = 0.0
        self._state = ""

    def is_held(self) -> bool:
        """Ask the server, and return whether this process may send now.

        Without the lock, try to get it.
        """
        if read_clock() < self.aside_until:
            return False
        try:
            self._prove() if self.held_since is not None else self._try()
        except (psycopg.Error, OSError) as error:
            self._lose(error)
        if self.held_since is None or read_clock() - self.held_since < HANDOVER_S:
            return False
        self._report("leads")
        return True

    def execute(self, statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]] | None:
        """Run a statement in the lock's session; return its rows, or None if the lock was lost."""
        if self.connection is None:
            return None
        try:
            return self._ask(statement, values)
        except (psycopg.Error, OSError) as error:
            self._lose(error)
            return None

    def release(self) -> None:
        """Close the connection, and with it the session and its lock."""
        lost, self.connection, self.held_since = self.connection, None, None
        if lost is not None:
            lost.close()

    def step_aside(self) -> None:
        """Leave the lock to a process whose broker may work, and try again later."""
        self.release()
        self.aside_until = read_clock() + ASIDE_S
        self._report("aside")

    def _lose(self, error: Exception) -> None:
        self.release()
        self._report("away", type(error).__name__)

    def _try(self) -> None:
        if self.connection is None:
            self.connection = connect()
        if self.connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone() == (True,):
            self.held_since = read_clock()
            self.connection.execute("SELECT set_config('application_name', %s, false)", [LEADER])
        else:
            self._report("standby")

    def _prove(self) -> None:
        """Raise an error unless the session that has the lock can still write, or just did."""
        if read_clock() - self.proved_at >= FRESH_S:
            self._ask(PROOF, {})

    def _ask(self, statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Run a statement; raise an error if it fails, or if the answer is late."""
        if self.connection is None:
            raise psycopg.OperationalError("no connection")
        asked = read_clock()
        done = self.connection.execute(statement, values)
        if read_clock() - asked >= ANSWER_S:
            raise psycopg.OperationalError("the answer came too late")
        self.proved_at = asked
        return done.fetchall() if done.description else []

    def _report(self, state: str, why: str = "") -> None:
        """Log a change of the state, once."""
        if state != self._state:
            self._state = state
            logger.info("beat.%s", state, extra={"why": why} if why else {})
