"""Summarise the published cells of a chapter or skill (I-22).

Over several published pictures the median interval is used. No Estimate is unsealed and nothing is
counted again, so a summary reveals no more than the board did.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from courses.models import Unit
from estimates.group_figures import disclosure
from estimates.group_figures.proportions import BAND, Picture
from estimates.group_figures.withdrawal import withdraw_gone
from estimates.models import Cell
from estimates.models.group_figures import TEACH

RANGE, FEW, UNSURE = "range", "few", "unsure"


@dataclass(frozen=True, slots=True)
class EstimatedRange:
    """The estimated share of one state in one section.

    `kind` is range, few or unsure; `low` and `high` are percentages over `pictures` published
    pictures, each of at least `n` people.
    """

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
        """Return the band of people as text, or the exact number of simulated ones."""
        return str(self.n) if self.simulated else f"{self.n}–{self.n + BAND - 1}"


def is_allowed() -> bool:
    """Return whether this site makes class pictures at all."""
    return disclosure.current_floor(TEACH) is not None


CellsBySection = Mapping[tuple[int | None, int | None], list[Cell]]


def published_cells(*, kind: str = "affect", **where: Any) -> CellsBySection:
    """Return the published cells of a kind that match `where`, by (chapter, skill).

    Cells that lost a member are withdrawn first.
    """
    withdraw_gone()
    return _by_section(Cell.objects.filter(kind=kind, publication__at__isnull=False, **where))


def published_cells_of_units(units: Collection[Unit]) -> Mapping[int, CellsBySection]:
    """Return the published cells about affect of several videos, each by (chapter, skill)."""
    withdraw_gone()
    cells = Cell.objects.filter(kind="affect", publication__at__isnull=False, unit__in=units)
    found: dict[int, list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.unit_id is not None:
            found[cell.unit_id].append(cell)
    return {unit.pk: _by_section(found[unit.pk]) for unit in units}


def median_range(cells: Collection[Cell], label: str) -> EstimatedRange:
    """Return the median interval of `label` over these cells; of real people if there are any."""
    return median_ranges(cells, [label])[0]


def median_ranges(cells: Collection[Cell], labels: Sequence[str]) -> tuple[EstimatedRange, ...]:
    """Return the median interval of each label, with one reading of the cells."""
    pictures = [each.picture for each in disclosure.read_cells(cells).values() if each.picture]
    kinds = {found.simulated for found in pictures}
    pictures = [found for found in pictures if found.simulated == min(kinds)]
    return tuple(_median_of(pictures, label) for label in labels)


def _by_section(cells: Iterable[Cell]) -> CellsBySection:
    parts: dict[tuple[int | None, int | None], list[Cell]] = defaultdict(list)
    for cell in cells:
        parts[cell.chapter, cell.skill_id].append(cell)
    return parts


def _median_of(pictures: Sequence[Picture], label: str) -> EstimatedRange:
    if not pictures:
        return EstimatedRange(FEW)
    ranges = [found.ranges[label] for found in pictures if label in found.shares]
    if not ranges:
        return EstimatedRange(UNSURE)
    return EstimatedRange(
        RANGE,
        low=int(median(low for low, _ in ranges)),
        high=int(median(high for _, high in ranges)),
        pictures=len(ranges),
        n=min(found.n for found in pictures),
        simulated=pictures[0].simulated,
    )
