"""Analysis of a long run: whether memory grows and whether answers slow down. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from statistics import median

WARM_UP_MIN = 5.0
MOST_MB_A_MINUTE = 0.5
# A p99 that rose by less than this counts as flat; a busy machine varies by as much.
MOST_RISE, LEAST_RISE_MS = 1.5, 25.0


@dataclass(frozen=True, slots=True)
class SoakSample:
    """Ten seconds of the run: each process's memory at their end, and the acks in them."""

    minute: float
    rss_mb: dict[str, float]
    acked: int
    ack_p50_ms: float
    ack_p99_ms: float
    online: int


@dataclass(frozen=True, slots=True)
class SoakVerdict:
    """The result of a run; `broken` names the failed checks."""

    slopes_mb_a_minute: dict[str, float]
    p99_first_ms: float
    p99_last_ms: float
    lost: int
    broken: list[str] = field(default_factory=list)


def judge(samples: Sequence[SoakSample], lost: int) -> SoakVerdict:
    """Judge the samples after the warm-up, or the second half of a shorter run."""
    after = drop_warm_up(samples)
    slopes = {name: estimate_slope(_memory(after, name)) for name in samples[-1].rss_mb}
    first, last = _p99_of_thirds(after)
    broken = [f"rss_{name}" for name, each in slopes.items() if each >= MOST_MB_A_MINUTE]
    if not is_flat(first, last):
        broken.append("ack_p99")
    if lost:
        broken.append("lost")
    rounded = {name: round(each, 3) for name, each in slopes.items()}
    return SoakVerdict(rounded, round(first, 1), round(last, 1), lost, broken)


def drop_warm_up(samples: Sequence[SoakSample]) -> Sequence[SoakSample]:
    began = min(WARM_UP_MIN, samples[-1].minute / 2)
    return [sample for sample in samples if sample.minute >= began]


def estimate_slope(points: Sequence[tuple[float, float]]) -> float:
    """Return the median slope of all pairs (Theil-Sen), which is robust to peaks."""
    slopes = [(y1 - y0) / (x1 - x0) for (x0, y0), (x1, y1) in combinations(points, 2) if x1 > x0]
    return median(slopes) if slopes else 0.0


def is_flat(first_ms: float, last_ms: float) -> bool:
    return last_ms <= max(first_ms * MOST_RISE, first_ms + LEAST_RISE_MS)


def _memory(samples: Sequence[SoakSample], name: str) -> list[tuple[float, float]]:
    return [(sample.minute, sample.rss_mb[name]) for sample in samples if name in sample.rss_mb]


def _p99_of_thirds(samples: Sequence[SoakSample]) -> tuple[float, float]:
    """Return the median p99 of the first and of the last third."""
    third = max(1, len(samples) // 3)
    first, last = samples[:third], samples[-third:]
    return (
        median(sample.ack_p99_ms for sample in first),
        median(sample.ack_p99_ms for sample in last),
    )
