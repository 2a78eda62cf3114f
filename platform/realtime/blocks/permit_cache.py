"""What one Learner allows, for at most a second (I-1, I-2): Permits and keys, by stream, and which
Streams of their Sittings a token holds.

Sockets that ask at about the same moment are answered together, by one look at the gate for all of
them, over a connection that is kept while any socket is open: asking for a thousand Learners each
second one by one, or connecting for each look, would take longer than the second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import Error, OperationalError, connection
from django.utils import timezone

from consent.permits.gate import Permit, permits_of_people
from consent.scopes import STREAMS, scope
from push.per_event_loop import PerLoop
from realtime.batch_loader import Gathered
from telemetry.device_tokens import stream_locks
from telemetry.device_tokens.stream_locks import Held
from vault import keystore
from vault.keystore import Key

SCOPES = {scope(name, "adapt"): name for name in STREAMS}


@dataclass(frozen=True, slots=True)
class Pass:
    """What one Block needs: the Permit, and the key of its scope and epoch."""

    permit: Permit
    key: Key


Passes = Mapping[str, Pass]


@dataclass(frozen=True, slots=True)
class Allowed:
    """A Pass for each stream the gate grants now, the others are missing; `held` by tokens."""

    passes: Passes
    held: Held


class Desk:
    """Answers of one process, over one connection, in the thread that is its own."""

    def __init__(self) -> None:
        self.sockets = 0
        self.thread: ThreadPoolExecutor | None = None
        self.gathered: Gathered[UUID, Allowed] = Gathered(self._look)

    def join(self) -> None:
        """A socket opens."""
        self.sockets += 1

    def leave(self) -> None:
        """It closes; with the last one goes the connection."""
        self.sockets -= 1
        self._hang_up_if_alone()

    def _hang_up_if_alone(self) -> None:
        if not self.sockets and self.thread is not None:
            self.thread.submit(_hang_up)
            self.thread.shutdown(wait=False)
            self.thread = None

    async def _look(self, subjects: list[UUID]) -> Mapping[UUID, Allowed]:
        if self.thread is None:
            self.thread = ThreadPoolExecutor(1, "gate")
        loop, now = asyncio.get_running_loop(), timezone.now()
        try:
            return await loop.run_in_executor(self.thread, _ask, subjects, now)
        finally:
            self._hang_up_if_alone()


def _hang_up() -> None:
    """In the thread whose connection it is."""
    connection.close()


def _ask(subjects: list[UUID], now: datetime) -> Mapping[UUID, Allowed]:
    """Raises where the database is away: then nothing is said about anybody."""
    try:
        return _asked(subjects, now)
    except Error:
        # The connection may only have grown old; another one is made by itself.
        connection.close()
        return _asked(subjects, now)


def _asked(subjects: list[UUID], now: datetime) -> Mapping[UUID, Allowed]:
    """One look for all of them: the gate in one query, tokens in one, the keys in one."""
    answers = permits_of_people(subjects, SCOPES, now=now)
    if any(each.could_not_check for each in answers.values()):
        raise OperationalError("the gate could not check")
    held = stream_locks.held_by_tokens(subjects, now=now)
    granted = {subject: answers[subject].granted for subject in subjects}
    names = [
        (subject, scope, permit.epoch)
        for subject, permits in granted.items()
        for scope, permit in permits.items()
    ]
    keys = keystore.current_keys(names, now)
    return {
        subject: Allowed(
            {
                SCOPES[scope]: Pass(permit, keys[subject, scope, permit.epoch])
                for scope, permit in permits.items()
            },
            held.get(subject, frozenset()),
        )
        for subject, permits in granted.items()
    }


_of_loop = PerLoop(Desk)


def desk() -> Desk:
    """The desk of the running process (of its event loop)."""
    return _of_loop.current()


async def allowed(subject: UUID) -> Allowed:
    """What may be taken of this Learner now, and by whom it is not sent."""
    return await desk().gathered.ask(subject)
