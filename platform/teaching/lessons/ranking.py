"""Rank the parts of a lesson by a simple documented rule (pure; docs/adr/0100).

A part is a share of people: of a chapter those who replayed it, of a question those who were wrong
at the first try. What is usual is the median interval of the parts of the same kind. A part is
harder than usual if its interval at `PART_LEVEL` lies above what is usual.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median

from emotion.evaluation.statistics.item_analysis import LEVEL, estimate_share

# Fewer parts of a kind say nothing about what is usual.
PARTS_NEEDED = 3
# With these, at most 5 % of simulated lessons of 17 equal parts show a difference (docs/adr/0100):
# of a part, and of one source at one part.
PART_LEVEL, SOURCE_LEVEL = 0.9, 0.95
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

    `usual` None = too few parts to compare with.
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


def rank_parts(counts: Sequence[PartCount], floor: int) -> list[PartRank]:
    """Return the parts with enough people, hardest first."""
    shown = [each for each in counts if each.n >= max(1, floor)]
    ranges = {each.key: share_range(each, floor) for each in shown}
    usual = usual_by_kind(shown, ranges)
    excess = {each.key: _shift(ranges[each.key], usual.get(each.kind)) for each in shown}
    found = [
        PartRank(
            key=each.key,
            place=0,
            low=_percent(ranges[each.key][0]),
            high=_percent(ranges[each.key][1]),
            n=each.n,
            usual=_percents(usual.get(each.kind)),
            first=1 + sum(other[0] > excess[each.key][1] for other in excess.values()),
            last=sum(other[1] >= excess[each.key][0] for other in excess.values()),
            is_harder=_is_above(share_range(each, floor, level=PART_LEVEL), usual.get(each.kind)),
        )
        for each in shown
    ]
    found.sort(key=lambda rank: (not rank.is_harder, -sum(excess[rank.key])))
    # A part that is harder than usual comes first, even if another kind's interval lies above.
    return [
        replace(rank, place=place, first=min(rank.first, place), last=max(rank.last, place))
        for place, rank in enumerate(found, 1)
    ]


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


def _shift(found: Range, usual: Range | None) -> Range:
    """Return a range as the difference from what is usual, so that kinds share one order."""
    middle = sum(usual) / 2 if usual else sum(found) / 2
    return found[0] - middle, found[1] - middle


def _is_above(found: Range, usual: Range | None) -> bool:
    return usual is not None and found[0] > usual[1]


def _percents(found: Range | None) -> tuple[int, int] | None:
    return None if found is None else (_percent(found[0]), _percent(found[1]))


def _percent(share: float) -> int:
    return round(PERCENT * share)
