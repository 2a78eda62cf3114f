"""What one Learner allows, for at most a second (I-1, I-2): Permits and keys, by stream, and which
Streams of their Sittings a token holds.

Sockets that ask at the same moment are answered together, by one look at the gate for all of them:
asking for a thousand Learners each second one by one would take longer than the second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from django.utils import timezone

from consent.gate import Every, Permit, permits_of
from consent.scopes import STREAMS, scope
from telemetry import stream_owners
from telemetry.stream_owners import Held
from vault import keystore
from vault.keystore import Key

SCOPES = {scope(name, "adapt"): name for name in STREAMS}
MOST_AT_ONCE = 250


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

    async def ask(self, subject: UUID) -> Allowed:
        asked = self.waiting.get(subject)
        if asked is None:
            asked = self.waiting[subject] = asyncio.get_running_loop().create_future()
        if self.task is None or self.task.done():
            self.task = asyncio.create_task(self._answer(), name="passes")
        return await asyncio.shield(asked)

    async def _answer(self) -> None:
        while self.waiting:
            batch = dict(list(self.waiting.items())[:MOST_AT_ONCE])
            for subject in batch:
                del self.waiting[subject]
            try:
                found = await _look(list(batch))
            except Exception as error:  # noqa: BLE001  # handed on to everybody who asked
                _fail(batch, error)
            else:
                for subject, asked in batch.items():
                    asked.set_result(found[subject])


def _fail(batch: Mapping[UUID, asyncio.Future[Allowed]], error: Exception) -> None:
    for asked in batch.values():
        asked.set_exception(error)


async def _look(subjects: list[UUID]) -> dict[UUID, Allowed]:
    """One look for all of them: the gate in two queries, tokens in one, the keys in one."""
    now = timezone.now()
    answers, held = await database_sync_to_async(_asked)(subjects, now)
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


def _asked(subjects: list[UUID], now: datetime) -> tuple[Every, Mapping[UUID, Held]]:
    return permits_of(subjects, SCOPES, now=now), stream_owners.held_by_tokens(subjects, now=now)


_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Desk] = WeakKeyDictionary()


async def allowed(subject: UUID) -> Allowed:
    """What may be taken of this Learner now, and by whom it is not sent."""
    desk = _of_loop.setdefault(asyncio.get_running_loop(), Desk())
    return await desk.ask(subject)
