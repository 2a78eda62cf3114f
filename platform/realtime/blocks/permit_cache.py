"""A Learner's Permits and keys, cached for at most a second (I-1, I-2).

It also holds which Streams of their Sittings a device token sends. Sockets that ask at about the
same moment share one query, over a connection that stays open while any socket is open. Separate
queries for a thousand Learners, or a new connection each time, would take over a second.
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
from realtime.batch_loader import BatchLoader
from telemetry.device_tokens import stream_locks
from telemetry.device_tokens.stream_locks import HeldStreams
from vault.keystore import Key, open_keystore

SCOPES = {scope(name, "adapt"): name for name in STREAMS}


@dataclass(frozen=True, slots=True)
class StreamPass:
    """What one Block needs: the Permit, and the key of its scope and epoch."""

    permit: Permit
    key: Key


Passes = Mapping[str, StreamPass]


@dataclass(frozen=True, slots=True)
class LearnerPermits:
    """A pass for each stream granted now; `held` are the streams of device tokens."""

    passes: Passes
    held: HeldStreams


class PermitCache:
    """The permits of one process, loaded over one connection in a thread of its own."""

    def __init__(self) -> None:
        self.sockets = 0
        self.thread: ThreadPoolExecutor | None = None
        self.loader: BatchLoader[UUID, LearnerPermits] = BatchLoader(self._fetch)

    def join(self) -> None:
        """Count a socket that opens."""
        self.sockets += 1

    def leave(self) -> None:
        """Count a socket that closes; the last one closes the connection."""
        self.sockets -= 1
        self._close_if_unused()

    def _close_if_unused(self) -> None:
        if not self.sockets and self.thread is not None:
            self.thread.submit(_close_connection)
            self.thread.shutdown(wait=False)
            self.thread = None

    async def _fetch(self, subjects: list[UUID]) -> Mapping[UUID, LearnerPermits]:
        if self.thread is None:
            self.thread = ThreadPoolExecutor(1, "gate")
        loop, now = asyncio.get_running_loop(), timezone.now()
        try:
            return await loop.run_in_executor(self.thread, _query_with_retry, subjects, now)
        finally:
            self._close_if_unused()


def _close_connection() -> None:
    """Close the connection, in the thread that owns it."""
    connection.close()


def _query_with_retry(subjects: list[UUID], now: datetime) -> Mapping[UUID, LearnerPermits]:
    """Load the permits. Raises a database error if the database is unavailable."""
    try:
        return _query(subjects, now)
    except Error:
        # The connection may be stale; Django opens a new one on the next query.
        connection.close()
        return _query(subjects, now)


def _query(subjects: list[UUID], now: datetime) -> Mapping[UUID, LearnerPermits]:
    """Load all subjects with three queries: gate, device tokens and keys."""
    answers = permits_of_people(subjects, SCOPES, now=now)
    if any(each.could_not_check for each in answers.values()):
        raise OperationalError("the gate could not check")
    token_streams = stream_locks.held_by_tokens(subjects, now=now)
    granted = {subject: answers[subject].granted for subject in subjects}
    names = [
        (subject, scope, permit.epoch)
        for subject, permits in granted.items()
        for scope, permit in permits.items()
    ]
    keys = open_keystore().current_keys(names, now)
    return {
        subject: LearnerPermits(
            {
                SCOPES[scope]: StreamPass(permit, keys[subject, scope, permit.epoch])
                for scope, permit in permits.items()
            },
            token_streams.get(subject, frozenset()),
        )
        for subject, permits in granted.items()
    }


_of_loop = PerLoop(PermitCache)


def permit_cache() -> PermitCache:
    """Return the cache of the running event loop."""
    return _of_loop.current()


async def load_permits(subject: UUID) -> LearnerPermits:
    """Return what this Learner allows now, and which streams device tokens send."""
    return await permit_cache().loader.load(subject)
