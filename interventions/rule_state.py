"""Where each rule stands for one Learner: idle, arming, active, cooling, in this order only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

Phase = Literal["idle", "arming", "active", "cooling"]
NEXT: Final[Mapping[Phase, tuple[Phase, ...]]] = {
    "idle": ("arming",),
    "arming": ("idle", "active"),
    "active": ("cooling",),
    "cooling": ("idle",),
}
DISMISSALS_THAT_COUNT: Final = 2
RAISE: Final = 0.05
MOST_RAISED: Final = 0.15
# Half of it is gone in a day: a lesson later the rule is still careful, a week later it is not.
RAISE_HALVES_IN: Final = timedelta(days=1)


class State(NamedTuple):
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
    dismissed_at
        When the last of them was put aside; None where that is not known.
    """

    phase: Phase
    since: datetime
    seen: datetime | None = None
    fired: tuple[datetime, ...] = ()
    dismissals: int = 0
    dismissed_at: datetime | None = None

    def raised(self, now: datetime) -> float:
        """Give what is added to the rule's enter thresholds after offers put aside.

        Each two in a row add `RAISE`, up to `MOST_RAISED`; it halves in `RAISE_HALVES_IN`, and is
        gone below a hundredth.
        """
        if self.dismissals < DISMISSALS_THAT_COUNT:
            return 0.0
        full = min(MOST_RAISED, RAISE * (self.dismissals // DISMISSALS_THAT_COUNT))
        if self.dismissed_at is None:
            return full
        left = full * 0.5 ** ((now - self.dismissed_at) / RAISE_HALVES_IN)
        return round(left, 2) if left >= 0.01 else 0.0

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
            return State(phase, self.since, now, self.fired, self.dismissals, self.dismissed_at)
        if phase not in NEXT[self.phase]:
            raise ValueError(f"expected {' or '.join(NEXT[self.phase])}, got {phase}")
        recent = tuple(at for at in self.fired if now - at < timedelta(seconds=keep_s))
        fired = (*recent, now) if fires else recent
        return State(phase, now, now, fired, self.dismissals, self.dismissed_at)


def answered(state: State, outcome: str, now: datetime) -> State:
    """Count an outcome of the rule's offer: two put aside in a row make it more careful."""
    if outcome in ("later", "never"):
        return state._replace(dismissals=state.dismissals + 1, dismissed_at=now)
    return reset(state) if outcome == "accepted" else state


def reset(state: State) -> State:
    """Forget the offers put aside: the rule is as it was written again."""
    return state._replace(dismissals=0, dismissed_at=None)
