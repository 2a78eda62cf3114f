"""The state of each rule for one Learner: idle, arming, active, cooling, in this order only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

Phase = Literal["idle", "arming", "active", "cooling"]
NEXT_PHASES: Final[Mapping[Phase, tuple[Phase, ...]]] = {
    "idle": ("arming",),
    "arming": ("idle", "active"),
    "active": ("cooling",),
    "cooling": ("idle",),
}
DISMISSALS_PER_RAISE: Final = 2
RAISE: Final = 0.05
MAX_RAISE: Final = 0.15
# The rule is still careful a lesson later, and no longer a week later.
RAISE_HALF_LIFE: Final = timedelta(days=1)


class EngineState(NamedTuple):
    """One row per Learner and rule.

    Parameters
    ----------
    phase, since
        The phase of the rule, and when it began.
    seen
        The last moment evaluated; None before the first.
    fired
        Times of its offers, oldest first, within the period of its cap. An offer held back at
        random counts as well, because it is drawn after the rule has fired.
    dismissals
        Offers dismissed in a row.
    dismissed_at
        When the last of them was dismissed; None if unknown.
    """

    phase: Phase
    since: datetime
    seen: datetime | None = None
    fired: tuple[datetime, ...] = ()
    dismissals: int = 0
    dismissed_at: datetime | None = None

    def threshold_raise(self, now: datetime) -> float:
        """Return what is added to the rule's enter thresholds after dismissed offers.

        Each two in a row add `RAISE`, up to `MAX_RAISE`. The raise halves in `RAISE_HALF_LIFE` and
        drops to 0 below 0.01.
        """
        if self.dismissals < DISMISSALS_PER_RAISE:
            return 0.0
        full = min(MAX_RAISE, RAISE * (self.dismissals // DISMISSALS_PER_RAISE))
        if self.dismissed_at is None:
            return full
        left = full * 0.5 ** ((now - self.dismissed_at) / RAISE_HALF_LIFE)
        return round(left, 2) if left >= 0.01 else 0.0

    def age_s(self, now: datetime) -> float:
        """Return the seconds spent in this phase."""
        return (now - self.since).total_seconds()

    def move_to(
        self, phase: Phase, now: datetime, keep_s: float, *, fires: bool = False
    ) -> EngineState:
        """Move to a phase, or stay; record a firing and drop old ones.

        Raises
        ------
        ValueError
            If the phase does not follow this one.
        """
        if phase == self.phase:
            return EngineState(
                phase, self.since, now, self.fired, self.dismissals, self.dismissed_at
            )
        if phase not in NEXT_PHASES[self.phase]:
            raise ValueError(f"expected {' or '.join(NEXT_PHASES[self.phase])}, got {phase}")
        recent = tuple(at for at in self.fired if now - at < timedelta(seconds=keep_s))
        fired = (*recent, now) if fires else recent
        return EngineState(phase, now, now, fired, self.dismissals, self.dismissed_at)


def count_outcome(state: EngineState, outcome: str, now: datetime) -> EngineState:
    """Count an outcome of the rule's offer; two dismissals in a row raise its thresholds."""
    if outcome in ("later", "never"):
        return state._replace(dismissals=state.dismissals + 1, dismissed_at=now)
    return reset_dismissals(state) if outcome == "accepted" else state


def reset_dismissals(state: EngineState) -> EngineState:
    """Clear the dismissals, so that the rule's own thresholds apply again."""
    return state._replace(dismissals=0, dismissed_at=None)
