"""Looks each half second whether the log-ins of all open pages of this process are still open.

One query asks for all of them which rows have changed; only those are judged again, by the rule of
the pages. Where nothing can be looked up, every page is closed and comes again.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from channels.db import database_sync_to_async
from django.utils import timezone

from accounts.mfa import second_factor
from accounts.models import Session
from accounts.sessions import session_store
from accounts.sessions.outages import away, say_away
from push.close_codes import BROKEN, NOT_SIGNED_IN
from push.per_event_loop import PerLoop

logger = logging.getLogger(__name__)
LOOK_S = 0.5
Leave = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True, eq=False)
class WatchedPage:
    """An open page: its log-in, the roles it was opened in, and how to close it."""

    log_in: UUID
    roles: frozenset[str]
    leave: Leave


@dataclass(slots=True)
class LogInWatch:
    """Runs only while pages are open."""

    entries: set[WatchedPage] = field(default_factory=set)
    seen: Mapping[UUID, str] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None

    def enter(self, log_in: Session, leave: Leave) -> WatchedPage:
        entry = WatchedPage(log_in.pk, frozenset(log_in.user.roles), leave)
        self.entries.add(entry)
        if self.task is None:
            self.task = asyncio.create_task(self._run(), name="log-in watch")
        return entry

    def exit(self, entry: WatchedPage) -> None:
        self.entries.discard(entry)
        if not self.entries and self.task is not None:
            self.task.cancel()
            self.task = None

    async def _run(self) -> None:
        while True:
            watched = frozenset(self.entries)
            try:
                for entry in await database_sync_to_async(self._ended)(watched):
                    await entry.leave(NOT_SIGNED_IN)
            except Exception as error:
                if isinstance(error, away()):
                    say_away(error)
                else:
                    logger.exception("log_in_watch.failed")
                for entry in watched:
                    await entry.leave(BROKEN)
            await asyncio.sleep(LOOK_S)

    def _ended(self, watched: frozenset[WatchedPage]) -> list[WatchedPage]:
        now, demo = timezone.now(), second_factor.only_demo()
        rows = session_store.versions({entry.log_in for entry in watched}, now)
        found = {id: f"{version}.{demo}" for id, version in rows.items()}
        changed = {id for id, version in found.items() if self.seen.get(id) != version}
        judged = session_store.still_open(changed, now) if changed else {}
        self.seen = {
            id: version for id, version in found.items() if id not in changed or id in judged
        }
        return [entry for entry in watched if not self._stays(entry, judged)]

    def _stays(self, entry: WatchedPage, judged: Mapping[UUID, Session]) -> bool:
        row = judged.get(entry.log_in)
        kept = row is None or entry.roles <= set(row.user.roles)
        return entry.log_in in self.seen and kept


_of_loop = PerLoop(LogInWatch)


def watch() -> LogInWatch:
    """The watch of the running process (of its event loop)."""
    return _of_loop.here()
