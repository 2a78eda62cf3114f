"""What the class picture says of a chapter or a skill: its published cells alone (I-22).

Of several published pictures the middle range is taken, as the board takes what is usual. Nothing
is opened and nothing is counted anew, so nothing more is told than the board told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from teaching import disclosure
from teaching.class_picture import participants
from teaching.class_picture.current_cells import withdraw_gone
from teaching.class_picture.proportions import BAND
from teaching.models import Cell

RANGE, FEW, UNSURE = "range", "few", "unsure"


@dataclass(frozen=True, slots=True)
class Guessed:
    """One state in one part. `kind` range, few or unsure; low and high in percent over `pictures`
    published pictures, each of at least `n` people."""

    kind: str
    low: int = 0
    high: int = 0
    pictures: int = 0
    n: int = 0
    simulated: bool = False

    @property
    def width(self) -> int:
        return max(1, self.high - self.low)

    @property
    def people(self) -> str:
        """A band of people; of simulated ones how many they are."""
        return str(self.n) if self.simulated else f"{self.n}–{self.n + BAND - 1}"


def allowed() -> bool:
    """Whether this site makes class pictures at all."""
    return participants.floor() is not None


Parts = Mapping[tuple[int | None, int | None], list[Cell]]


def published(**where: Any) -> Parts:
    """The published cells that `where` says, by (chapter, skill), without who has gone."""
    withdraw_gone()
    parts: dict[tuple[int | None, int | None], list[Cell]] = defaultdict(list)
    for cell in Cell.objects.filter(publication__at__isnull=False, **where):
        parts[cell.chapter, cell.skill_id].append(cell)
    return parts


def middle(cells: Collection[Cell], label: str) -> Guessed:
    """The middle of what these cells say; of real people where there are any."""
    pictures = [each.picture for each in disclosure.read_cells(cells).values() if each.picture]
    kinds = {found.simulated for found in pictures}
    pictures = [found for found in pictures if found.simulated == min(kinds)]
    if not pictures:
        return Guessed(FEW)
    ranges = [found.ranges[label] for found in pictures if label in found.shares]
    if not ranges:
        return Guessed(UNSURE)
    return Guessed(
        RANGE,
        low=int(median(low for low, _ in ranges)),
        high=int(median(high for _, high in ranges)),
        pictures=len(ranges),
        n=min(found.n for found in pictures),
        simulated=pictures[0].simulated,
    )
