"""Ask a page for fewer rows a second while Blocks wait long for their commit.

The normal rate is restored once the store has kept up for half a minute. Only camera streams can be
thinned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from consent.scopes import STREAMS

SLOW_HZ = {"face": 2.0, "gaze": 5.0}
LATE_S = 1.0
IN_TIME_S = 0.25
RECOVERED_S = 30.0


@dataclass(slots=True)
class Backpressure:
    """The state of one socket: whether it is slowed down, and since when the store has kept up."""

    slow: bool = False
    in_time_since: float | None = None

    def update(self, waiting_s: float, at: float) -> Iterator[tuple[str, float]]:
        """Yield streams with a new rate if the rate changes now.

        `waiting_s` is the age of the oldest waiting Block, `at` a monotonic clock, both in seconds.
        """
        if waiting_s > IN_TIME_S:
            self.in_time_since = None
        elif self.in_time_since is None:
            self.in_time_since = at
        if self.slow:
            since = self.in_time_since
            turns = since is not None and at - since >= RECOVERED_S
        else:
            turns = waiting_s >= LATE_S
        if not turns:
            return
        self.slow = not self.slow
        for name, rate_hz in SLOW_HZ.items():
            yield name, rate_hz if self.slow else float(STREAMS[name].rate_hz or rate_hz)
