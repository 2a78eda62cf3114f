"""At most one offer at a time, made with a probability that is always written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar


class Rng(Protocol):
    """A source of chance: `random.Random`, `numpy.random.Generator`, or a fixed one in tests."""

    def random(self) -> float:
        """Give a number from 0 up to, not including, 1."""


class Ranked(Protocol):
    """Something with a priority and an identity."""

    @property
    def id(self) -> str:
        """Give the identity that settles ties."""

    @property
    def priority(self) -> int:
        """Give the priority; higher goes first."""


R = TypeVar("R", bound=Ranked)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule's wish to offer help: kinds in order of preference, and what was done or said."""

    id: str
    version: int
    kinds: tuple[str, ...]
    priority: int
    probability: float
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choice:
    """The proposal that came first, and whether the lot lets it be offered.

    ``offered`` False means "held back by lot": nothing is shown, the row is kept so that the
    course can find out whether the help helps. ``probability`` is logged also when it is 1.
    """

    proposal: Proposal
    offered: bool
    probability: float
    draw: float
    passed_over: tuple[str, ...]

    @property
    def held_back_by_lot(self) -> bool:
        """Say whether only the lot kept the offer back."""
        return not self.offered


def first(rows: Sequence[R]) -> R | None:
    """Give the row of highest priority; ties go to the earlier identity."""
    return min(rows, key=lambda row: (-row.priority, row.id), default=None)


def choose(proposals: Sequence[Proposal], rng: Rng) -> Choice | None:
    """Take the first proposal and draw its lot; None where nothing is proposed.

    The lot is drawn also for probability 1, so that changing one rule's probability leaves the
    draws of the others as they were.
    """
    chosen = first(proposals)
    if chosen is None:
        return None
    draw = rng.random()
    others = tuple(sorted(row.id for row in proposals if row is not chosen))
    return Choice(chosen, draw < chosen.probability, chosen.probability, draw, others)
