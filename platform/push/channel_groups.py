"""Local channels with their queued messages, and the groups they joined."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from push.message_format import REREAD
from push.message_queue import Inbox


class ChannelQueues:
    """The queues of this process.

    A full queue is replaced by one request to read again: a slow page loses hints, but no data.
    """

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._boxes: dict[str, Inbox[dict[str, Any]]] = {}
        self._groups: defaultdict[str, set[str]] = defaultdict(set)

    def __len__(self) -> int:
        return len(self._boxes)

    async def take(self, channel: str) -> dict[str, Any]:
        return await self._box(channel).get()

    def join(self, group: str, channel: str) -> None:
        self._box(channel)
        self._groups[group].add(channel)

    def leave(self, group: str, channel: str) -> None:
        members = self._groups.get(group, set())
        members.discard(channel)
        if not members:
            self._groups.pop(group, None)

    def close(self, channel: str) -> None:
        self._boxes.pop(channel, None)
        for group in [name for name, members in self._groups.items() if channel in members]:
            self.leave(group, channel)

    def deliver(self, to: str, message: dict[str, Any]) -> None:
        """Queue the message for each channel of the group, or for the one channel of this name."""
        for channel in [to, *self._groups.get(to, ())]:
            box = self._boxes.get(channel)
            if box is not None:
                self._put(box, message)

    def deliver_to_all(self, message: dict[str, Any]) -> None:
        for box in self._boxes.values():
            self._put(box, message)

    def _put(self, box: Inbox[dict[str, Any]], message: dict[str, Any]) -> None:
        if len(box) >= self._capacity:
            box.clear()
            message = REREAD
        box.put_nowait(dict(message))

    def _box(self, channel: str) -> Inbox[dict[str, Any]]:
        return self._boxes.setdefault(channel, Inbox())
