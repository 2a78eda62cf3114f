"""Costs of each network on one core: forward pass, training step and memory.

Every network is measured in a separate process, on random input.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from emotion.benchmarks import BenchmarkReport, CannotMeasure

ROOT = Path(__file__).resolve().parents[2]

# A network with a longer row is called only now and then, and has its own goal.
WINDOW_S = 10.0
TOGETHER_GOAL_MS = 25.0
CLIP_GOALS_MS = {"mvp": 50.0}

PROTOCOL = (
    "Made-up input, untrained weights, one thread; milliseconds of CPU time, which is the time on "
    "an idle core: medians after three warm-up runs, of at least five. Memory is "
    "the process's most, Python and torch included (start_mb: before the network)."
)


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--profile", choices=("small", "paper"), default="small")
    parser.add_argument("--batch", type=int, default=32, help="rows of the large batch (32)")
    parser.add_argument("--only", nargs="+", metavar="NETWORK", help="these networks only")


def run(options: Mapping[str, Any], say: Callable[[str], None]) -> BenchmarkReport:
    """Measure every network, and add up the costs per Window."""
    from emotion.networks.registry import NETWORKS

    profile, batch = options["profile"], options["batch"]
    chosen = options["only"] or list(NETWORKS)
    if unknown := sorted(set(chosen) - set(NETWORKS)):
        raise CannotMeasure(f"expected some of {', '.join(NETWORKS)}, got {', '.join(unknown)}")
    rows = []
    for name in chosen:
        say(f"{name}, {profile}")
        span = NETWORKS[name].span_s
        found = _measure_separately(name, profile, batch)
        rows.append({"network": name, "profile": profile, "span_s": span, "batch": batch, **found})
    return BenchmarkReport("speed", PROTOCOL, [*rows, *_make_goals(rows)])


def _measure_separately(name: str, profile: str, batch: int) -> dict[str, Any]:
    """Measure in a new process with one thread."""
    done = subprocess.run(
        [sys.executable, "-m", "emotion.benchmarks._speed_process", name, profile, str(batch)],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{name} could not be measured:\n{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def _make_goals(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the costs of a Window over all networks, and of each clip separately."""
    windows = [row["forward_1_ms"] for row in rows if row["span_s"] <= WINDOW_S]
    said = [("a Window in all these networks", sum(windows), TOGETHER_GOAL_MS)] * bool(windows)
    said += [
        (f"{row['network']}, one clip", row["forward_1_ms"], CLIP_GOALS_MS[row["network"]])
        for row in rows
        if row["network"] in CLIP_GOALS_MS
    ]
    return [
        {"goal": what, "forward_1_ms": ms, "at_most_ms": goal, "met": ms <= goal}
        for what, ms, goal in said
    ]
