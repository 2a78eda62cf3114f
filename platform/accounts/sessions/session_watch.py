"""A watch that checks every half second whether the sessions of all open pages are still open.

One query returns which rows have changed; only those are checked again, by the same rule as for
pages. If the database cannot be read, every page is closed and reconnects.
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
from accounts.sessions.outages import log_outage, outage_errors
from push.close_codes import BROKEN, NOT_SIGNED_IN
from push.per_event_loop import PerLoop

logger = logging.getLogger(__name__)
CHECK_INTERVAL_S = 0.5
Leave = Callable[[int], Awaitable[None]]


@dataclass(frozen=True, slots=True, eq=False)
class WatchedPage:
    """An open page: its session, the roles it was opened with, and how to close it."""

    log_in: UUID
    roles: frozenset[str]
    leave: Leave


@dataclass(slots=True)
class LogInWatch:
    """Checks the sessions of open pages; runs only while there are any."""

    entries: set[WatchedPage] = field(default_factory=set)
    versions: Mapping[UUID, str] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None

    def enter(self, log_in: Session, leave: Leave) -> WatchedPage:
        entry = WatchedPage(log_in.pk, frozenset(log_in.user.roles), leave)
        self.entries.add(entry)
        if self.task is None:
            self.task = asyncio.create_task(self._run(), name="sign-in watch")
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
                for entry in await database_sync_to_async(self._find_ended)(watched):
                    await entry.leave(NOT_SIGNED_IN)
            except Exception as error:
                if isinstance(error, outage_errors()):
                    log_outage(error)
                else:
                    logger.exception("log_in_watch.failed")
                for entry in watched:
                    await entry.leave(BROKEN)
            await asyncio.sleep(CHECK_INTERVAL_S)

    def _find_ended(self, watched: frozenset[WatchedPage]) -> list[WatchedPage]:
        now, demo = timezone.now(), second_factor.is_demo_site()
        rows = session_store.load_versions({entry.log_in for entry in watched}, now)
        found = {id: f"{version}.{demo}" for id, version in rows.items()}
        changed = {id for id, version in found.items() if self.versions.get(id) != version}
        judged = session_store.find_open_by_id(changed, now) if changed else {}
        self.versions = {
            id: version for id, version in found.items() if id not in changed or id in judged
        }
        return [entry for entry in watched if not self._is_open(entry, judged)]

    def _is_open(self, entry: WatchedPage, judged: Mapping[UUID, Session]) -> bool:
        row = judged.get(entry.log_in)
        keeps_roles = row is None or entry.roles <= set(row.user.roles)
        return entry.log_in in self.versions and keeps_roles


_of_loop = PerLoop(LogInWatch)


def current_watch() -> LogInWatch:
    """Return the watch of the running event loop."""
    return _of_loop.current()
