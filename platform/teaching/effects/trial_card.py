"""What the effects page may show of one trial of a rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from teaching.effects.interval_chart import IntervalChart

SO_FAR, ENDED = "so_far", "ended"
# Figures of real people are not published yet, or never will be.
WAITS, CLOSED = "waits", "closed"


@dataclass(frozen=True, slots=True)
class SecondaryResult:
    """A secondary outcome, and its interval in words."""

    title: str
    range: str


@dataclass(frozen=True, slots=True)
class TrialCard:
    """One trial as it may be shown; no chart = nothing to draw yet."""

    title: str
    rule: str
    version: int
    state: str
    protocol: str = ""
    began_at: datetime | None = None
    planned: int = 0
    points: int = 0
    held: int = 0
    simulated: bool = False
    decisions: int = 0
    learners: str = ""
    said: str = ""
    chart: IntervalChart | None = None
    secondary: tuple[SecondaryResult, ...] = ()
