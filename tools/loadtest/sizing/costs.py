"""The cost of one learner: figures measured by the benchmarks, and assumed prices."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

MEASURED = Path(__file__).parent / "measured.json"


@dataclass(frozen=True, slots=True)
class Costs:
    """Costs on one core of the machine `where`; a message is one second of four Streams."""

    where: str
    web_us: float
    database_us: float
    commit_ms: float
    window_ms: float
    drain_ms: float
    stored_mb_hour: float
    web_mb: float
    worker_mb: float


@dataclass(frozen=True, slots=True)
class Prices:
    """Assumed prices, printed with every figure made from them: insert your own."""

    core_hour: float = 0.03
    gb_month: float = 0.10
    gpu_hour: float = 2.50
    kept_days: float = 30.0
    # Larger than the batches of today (pipeline.window_processing); no GPU of ours has measured its
    # forward.
    gpu_batch: int = 256
    gpu_batch_ms: float = 5.0


def read_costs() -> Costs:
    """Read the figures in `measured.json`; each names the benchmark it came from."""
    rows = json.loads(MEASURED.read_text())
    return Costs(where=rows["where"], **{name: row["value"] for name, row in rows["costs"].items()})
