"""Rank the parts of a lesson from all that learners did there (docs/adr/0103).

The order and the verdict are those of `emotion.lesson_parts.part_kinds`. What a part shows is a
share of people: of a chapter those who replayed it, of a question those who were wrong at the first
try. What is usual is the median interval of the parts of the same kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from emotion.evaluation.statistics.item_analysis import LEVEL, estimate_share

if TYPE_CHECKING:
    from emotion.lesson_parts.part_kinds import PartKind, PartOrder

# Fewer parts of a kind say nothing about what is usual.
PARTS_NEEDED = 3
# Of one source at one part. There are many, so few lessons of equal parts may show one.
SOURCE_LEVEL = 0.95
PERCENT = 100

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class PartCount:
    """`count` of `n` people had trouble with a part; parts of one `kind` are compared."""

    key: str
    kind: str
    count: int
    n: int


@dataclass(frozen=True, slots=True)
class PartRank:
    """A part's place, 80 % interval in percent, what is usual, and the range of its place.

    `usual` None = too few parts to compare with. `score` is by how many standard errors the part is
    harder, and `drivers` are the sources that make it so.
    """

    key: str
    place: int
    low: int
    high: int
    n: int
    usual: tuple[int, int] | None
    first: int
    last: int
    is_harder: bool
    score: float
    drivers: tuple[str, ...]


def rank_parts(
    counts: Sequence[PartCount], kinds: Sequence[PartKind], floor: int
) -> list[PartRank]:
    """Return the parts with enough people, hardest first.

    Parameters
    ----------
    counts : sequence of PartCount
        What each part shows.
    kinds : sequence of PartKind
        What learners did at the parts that have enough people.
    """
    from emotion.lesson_parts.part_kinds import order_parts

    shown = {each.key: each for each in counts if each.n >= max(1, floor)}
    ranges = {key: share_range(each, floor) for key, each in shown.items()}
    usual = usual_by_kind(shown.values(), ranges)
    ordered = [each for each in order_parts(kinds, floor) if each.key in shown]
    found = sorted(
        ordered, key=lambda each: not (each.is_unusual and shown[each.key].kind in usual)
    )
    return [
        _make_rank(place, each, shown[each.key], ranges[each.key], usual)
        for place, each in enumerate(found, 1)
    ]


def _make_rank(
    place: int, order: PartOrder, count: PartCount, found: Range, usual: Mapping[str, Range]
) -> PartRank:
    known = usual.get(count.kind)
    return PartRank(
        key=order.key,
        place=place,
        low=_percent(found[0]),
        high=_percent(found[1]),
        n=count.n,
        usual=_percents(known),
        # A part that is harder than usual comes first, even if another one's score is close.
        first=min(order.first, place),
        last=max(order.last, place),
        is_harder=order.is_unusual and known is not None,
        score=order.score,
        drivers=order.drivers,
    )


def share_range(each: PartCount, floor: int, *, level: float = LEVEL) -> Range:
    """Return the interval of the share; the same for every count below the floor."""
    if each.count >= floor:
        found = estimate_share(min(each.count, each.n), each.n, level=level)
        return (found.low, found.high) if found else (0.0, 1.0)
    most = estimate_share(min(max(0, floor - 1), each.n), each.n, level=level)
    return 0.0, most.high if most else 1.0


def usual_by_kind(counts: Iterable[PartCount], ranges: Mapping[str, Range]) -> Mapping[str, Range]:
    """Return the median low and high of each kind that has enough parts."""
    by_kind: dict[str, list[Range]] = {}
    for each in counts:
        by_kind.setdefault(each.kind, []).append(ranges[each.key])
    return {
        kind: (median(low for low, _ in rows), median(high for _, high in rows))
        for kind, rows in by_kind.items()
        if len(rows) >= PARTS_NEEDED
    }


def _percents(found: Range | None) -> tuple[int, int] | None:
    return None if found is None else (_percent(found[0]), _percent(found[1]))


def _percent(share: float) -> int:
    return round(PERCENT * share)
