"""Where each rule stands for one Learner: idle, arming, active, cooling, in this order only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

Phase = Literal["idle", "arming", "active", "cooling"]
NEXT: Final[Mapping[Phase, tuple[Phase, ...]]] = {
    "idle": ("arming",),
    "arming": ("idle", "active"),
    "active": ("cooling",),
    "cooling": ("idle",),
}
DISMISSALS_THAT_COUNT: Final = 2
RAISE: Final = 0.05


@dataclass(frozen=True, slots=True)
class State:
    """One row per Learner and rule.

    Parameters
    ----------
    phase, since
        Where the rule stands, and from which moment.
    seen
        The last moment evaluated; None before the first.
    fired
        Moments of its offers, oldest first, as far back as a cap looks. One held back by lot
        counts as well: the lot is drawn after the rule has fired.
    dismissals
        Offers put aside in a row.
    """

    phase: Phase
    since: datetime
    seen: datetime | None = None
    fired: tuple[datetime, ...] = ()
    dismissals: int = 0

    @property
    def raised(self) -> float:
        """Give what is added to the rule's enter thresholds after offers put aside."""
        return RAISE if self.dismissals >= DISMISSALS_THAT_COUNT else 0.0

    def age_s(self, now: datetime) -> float:
        """Give the seconds spent in this phase."""
        return (now - self.since).total_seconds()

    def moved(self, phase: Phase, now: datetime, keep_s: float, *, fires: bool = False) -> State:
        """Go to a phase, or stay; firing is written down, old firings are forgotten.

        Raises
        ------
        ValueError
            If the phase does not follow this one.
        """
        if phase == self.phase:
            return replace(self, seen=now)
        if phase not in NEXT[self.phase]:
            raise ValueError(f"expected {' or '.join(NEXT[self.phase])}, got {phase}")
        recent = tuple(at for at in self.fired if now - at < timedelta(seconds=keep_s))
        fired = (*recent, now) if fires else recent
        return replace(self, phase=phase, since=now, seen=now, fired=fired)


def answered(state: State, outcome: str) -> State:
    """Count an outcome of the rule's offer: two put aside in a row make it more careful."""
    if outcome in ("later", "never"):
        return replace(state, dismissals=state.dismissals + 1)
    return replace(state, dismissals=0) if outcome == "accepted" else state
