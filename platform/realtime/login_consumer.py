"""A socket that belongs to a session, and closes when the session ends.

The end is reported twice. The process that ended the session sends a hint. A watch also queries the
database every half second, in case the hint is lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast
from uuid import UUID

from accounts.models import Session
from accounts.sessions.outages import run_cleanup
from accounts.sessions.session_watch import WatchedPage, current_watch
from push.base_consumer import SequentialConsumer
from push.close_codes import NOT_SIGNED_IN

ENDED = "log_in.ended"


class LogInSocket(SequentialConsumer):
    """A socket opened by a session, or by a device token instead."""

    closing = False
    entry: WatchedPage | None = None
    log_in_group = ""

    async def leave(self, code: int) -> None:
        """Close once; later messages of the page are ignored."""
        if not self.closing:
            self.closing = True
            # The page may have left already: uvicorn's ClientDisconnected is an OSError.
            with suppress(OSError):
                await self.close(code)

    async def log_in_ended(self, message: Mapping[str, Any]) -> None:  # noqa: ARG002
        await self.leave(NOT_SIGNED_IN)

    async def _follow_log_in(self) -> None:
        """Join the group before the watch starts, so that no end of the session is missed."""
        self.log_in_group = self._end_group()
        await self.channel_layer.group_add(self.log_in_group, self.channel_name)
        self._watch_log_in()

    def _watch_log_in(self) -> None:
        self.entry = current_watch().enter(self._log_in(), self.leave)

    async def _leave_log_in(self) -> None:
        if self.entry is not None:
            current_watch().exit(self.entry)
            self.entry = None
        if self.log_in_group:
            group, self.log_in_group = self.log_in_group, ""
            await run_cleanup(self.channel_layer.group_discard(group, self.channel_name))

    def _end_group(self) -> str:
        """Return the group that is notified when the session has ended."""
        return f"log_in.{self._bearer()}"

    def _bearer(self) -> UUID:
        return self._log_in().pk

    def _log_in(self) -> Session:
        return cast(Session, cast(Any, self.scope)["log_in"])
