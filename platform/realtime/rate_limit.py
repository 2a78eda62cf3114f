"""Limits of one socket: message size, messages and bytes a second, idle time."""

from __future__ import annotations

from dataclasses import dataclass

LARGEST_MESSAGE = 64 * 1024
MESSAGES_A_SECOND = 20
BYTES_A_SECOND = 256_000
SECONDS_OVER = 5
IDLE_S = 30 * 60.0


@dataclass(slots=True)
class SocketBudget:
    """The traffic of one socket in seconds of the clock.

    Five seconds in a row over the limit are too much.
    """

    second: int = 0
    messages: int = 0
    bytes: int = 0
    over: int = 0

    def spend(self, size: int, at: float) -> bool:
        """Count one message; return False if the socket is to be closed (4429)."""
        second = int(at)
        if second != self.second:
            self._begin_second(second)
        self.messages += 1
        self.bytes += size
        return self.over < SECONDS_OVER

    def _begin_second(self, second: int) -> None:
        exceeded = self.messages > MESSAGES_A_SECOND or self.bytes > BYTES_A_SECOND
        in_a_row = second == self.second + 1
        self.over = (self.over + 1 if in_a_row or not self.over else 1) if exceeded else 0
        if not in_a_row:
            self.over = 0
        self.second, self.messages, self.bytes = second, 0, 0
