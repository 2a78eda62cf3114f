"""A socket that belongs to a log-in, and closes when the log-in ends.

The end is heard twice: as a hint of the process that ended the log-in, and from the watch, which
asks the database each half second in case the hint is lost.
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
    """A socket opened by a log-in, or by a token in its place."""

    closing = False
    entry: WatchedPage | None = None
    log_in_group = ""

    async def leave(self, code: int) -> None:
        """Close once; what the page sends afterwards is ignored."""
        if not self.closing:
            self.closing = True
            # The page may be gone already: uvicorn's ClientDisconnected is an OSError.
            with suppress(OSError):
                await self.close(code)

    async def log_in_ended(self, message: Mapping[str, Any]) -> None:  # noqa: ARG002
        await self.leave(NOT_SIGNED_IN)

    async def _follow_log_in(self) -> None:
        """Join the group first: an end between the two is then heard as a hint."""
        self.log_in_group = self._ends_with()
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

    def _ends_with(self) -> str:
        """Return the group that hears when the log-in has ended."""
        return f"log_in.{self._bearer()}"

    def _bearer(self) -> UUID:
        return self._log_in().pk

    def _log_in(self) -> Session:
        return cast(Session, cast(Any, self.scope)["log_in"])
