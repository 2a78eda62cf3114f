"""When to connect again: which close codes are final, and how long to wait after the others.

The same rules as in static/js/telemetry/socket.js.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

FINAL_CODES = frozenset((4400, 4401, 4403, 4409, 4413))
FIRST_WAIT_S, LONGEST_WAIT_S, SPREAD_S = 0.5, 5.0, 2.5


@dataclass(frozen=True, slots=True)
class ReconnectWaits:
    """Random waits, so that many clients do not come back all at once."""

    rng: Random
    longest_s: float = LONGEST_WAIT_S

    def draw(self, attempt: int) -> float:
        """Return the seconds before attempt number `attempt` since the last welcome."""
        longest = min(self.longest_s, FIRST_WAIT_S * 2 ** min(attempt, 10))
        return self.rng.uniform(max(0.0, longest - SPREAD_S), longest)
