"""At most one offer at a time, made with a probability that is always recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar


class Rng(Protocol):
    """A random source: `random.Random`, `numpy.random.Generator`, or a fixed one in tests."""

    def random(self) -> float:
        """Return a number in [0, 1)."""


class Ranked(Protocol):
    """An item with a priority and an identity."""

    @property
    def id(self) -> str:
        """Return the identity that breaks ties."""

    @property
    def priority(self) -> int:
        """Return the priority; higher comes first."""


R = TypeVar("R", bound=Ranked)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule's proposal to offer help: kinds in order of preference, and the evidence for it."""

    id: str
    version: int
    kinds: tuple[str, ...]
    priority: int
    probability: float
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OfferChoice:
    """The proposal with the highest priority, and whether it is offered.

    ``offered`` False means that it was held back at random. Nothing is shown then, and the row is
    stored so that the effect of the help can be measured. ``probability`` is recorded also when it
    is 1.
    """

    proposal: Proposal
    offered: bool
    probability: float
    draw: float
    passed_over: tuple[str, ...]

    @property
    def held_back_at_random(self) -> bool:
        """Return whether only the random draw held the offer back."""
        return not self.offered


def select_highest_priority(rows: Sequence[R]) -> R | None:
    """Return the row with the highest priority; ties go to the lower identity."""
    return min(rows, key=lambda row: (-row.priority, row.id), default=None)


def choose(proposals: Sequence[Proposal], rng: Rng) -> OfferChoice | None:
    """Pick the first proposal and draw whether to offer it; None where nothing is proposed.

    The draw happens also for probability 1, so that changing one rule's probability leaves the
    draws of the others unchanged.
    """
    chosen = select_highest_priority(proposals)
    if chosen is None:
        return None
    draw = rng.random()
    others = tuple(sorted(row.id for row in proposals if row is not chosen))
    return OfferChoice(chosen, draw < chosen.probability, chosen.probability, draw, others)
