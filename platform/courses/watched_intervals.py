"""The union of watched stretches, as a flat list [from, to, from, to …]; it only grows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

JOIN_S = 0.25
MAX_STRETCHES = 200

Stretch = tuple[float, float]


def merge_stretches(
    watched: Sequence[float], new: Iterable[Stretch], duration_s: float
) -> list[float]:
    """Add `new` to the union, cut to the video; close gaps shorter than a player's tick."""
    cut = [(max(0.0, start), min(duration_s, end)) for start, end in new]
    rows = sorted([*_pairs(watched), *(row for row in cut if row[0] < row[1])])
    union: list[float] = []
    for start, end in rows:
        if union and start <= union[-1] + JOIN_S:
            union[-1] = max(union[-1], end)
        else:
            union += [start, end]
    return union


def watched_seconds(watched: Sequence[float]) -> float:
    """Return the number of seconds that the union covers."""
    return sum(end - start for start, end in _pairs(watched))


def _pairs(watched: Sequence[float]) -> list[Stretch]:
    return list(zip(watched[::2], watched[1::2], strict=True))
