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
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import Error, OperationalError, connection
from django.utils import timezone

from consent.gate import Every, Permit, permits_of
from consent.scopes import STREAMS, scope
from telemetry import stream_owners
from telemetry.stream_owners import Held
from vault import keystore
from vault.keystore import Key

SCOPES = {scope(name, "adapt"): name for name in STREAMS}
MOST_AT_ONCE = 250
# Who asks within this time is answered by one look.
GATHER_S = 0.02


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


@dataclass(slots=True)
class Desk:
    """Answers of one process; whoever asks while a look is under way waits for the next."""

    waiting: dict[UUID, asyncio.Future[Allowed]] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None
    sockets: int = 0
    thread: ThreadPoolExecutor | None = None

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

    async def ask(self, subject: UUID) -> Allowed:
        asked = self.waiting.get(subject)
        if asked is None:
            asked = self.waiting[subject] = asyncio.get_running_loop().create_future()
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._answer(), name="passes")
        return await asyncio.shield(asked)

    async def _answer(self) -> None:
        while self.waiting:
            await asyncio.sleep(GATHER_S)
            batch = dict(list(self.waiting.items())[:MOST_AT_ONCE])
            for subject in batch:
                del self.waiting[subject]
            try:
                found = await self._look(list(batch))
            except Exception as error:  # noqa: BLE001  # handed on to everybody who asked
                _fail(batch, error)
            else:
                for subject, asked in batch.items():
                    asked.set_result(found[subject])
        self._hang_up_if_alone()

    async def _look(self, subjects: list[UUID]) -> dict[UUID, Allowed]:
        """One look for all of them: the gate in one query, tokens in one, the keys in one."""
        if self.thread is None:
            self.thread = ThreadPoolExecutor(1, "gate")
        now = timezone.now()
        asking = asyncio.get_running_loop().run_in_executor(self.thread, _ask, subjects, now)
        answers, held = await asking
        permits = {subject: answers[subject].granted for subject in subjects}
        names = [
            (subject, name, permit.epoch)
            for subject, granted in permits.items()
            for name, permit in granted.items()
        ]
        keys = await keystore.current_keys(names, now)
        return {
            subject: Allowed(
                {
                    SCOPES[name]: Pass(permit, keys[subject, name, permit.epoch])
                    for name, permit in granted.items()
                },
                held.get(subject, frozenset()),
            )
            for subject, granted in permits.items()
        }


def _fail(batch: Mapping[UUID, asyncio.Future[Allowed]], error: Exception) -> None:
    for asked in batch.values():
        asked.set_exception(error)


def _hang_up() -> None:
    """In the thread whose connection it is."""
    connection.close()


def _ask(subjects: list[UUID], now: datetime) -> tuple[Every, Mapping[UUID, Held]]:
    """Raises where the database is away: then nothing is said about anybody."""
    try:
        return _asked(subjects, now)
    except Error:
        # The connection may only have grown old; another one is made by itself.
        connection.close()
        return _asked(subjects, now)


def _asked(subjects: list[UUID], now: datetime) -> tuple[Every, Mapping[UUID, Held]]:
    answers = permits_of(subjects, SCOPES, now=now)
    if any(each.could_not_look for each in answers.values()):
        raise OperationalError("the gate could not look")
    return answers, stream_owners.held_by_tokens(subjects, now=now)


_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Desk] = WeakKeyDictionary()


def desk() -> Desk:
    """The desk of the running process (of its event loop)."""
    loop = asyncio.get_running_loop()
    return _of_loop.get(loop) or _of_loop.setdefault(loop, Desk())


async def allowed(subject: UUID) -> Allowed:
    """What may be taken of this Learner now, and by whom it is not sent."""
    return await desk().ask(subject)
