"""`python -m emotion.benchmarks._speed_process NETWORK PROFILE BATCH`: measure one on one core.

Runs in a separate process, so that the measured memory is the network's. Its last line is JSON.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from emotion.networks.registry import NETWORKS, RegisteredNetwork

# Minimum and maximum number of repeats, and the seconds after which they end.
LEAST, MOST, SECONDS = 5, 200, 1.0
WARM = 3
MB = 1e6


def measure(entry: RegisteredNetwork, profile: str, batch: int) -> dict[str, Any]:
    """Return the costs of one profile.

    Returns
    -------
    dict
        parameters; forward_1_ms and forward_ms (medians, batch 1 and `batch`), step_ms (forward,
        backward, Adam), start_mb and peak_mb (resident memory before the network and at most).
    """
    torch.manual_seed(0)
    start, generator = _peak_memory(), torch.Generator().manual_seed(0)
    config = getattr(entry.config, profile)()
    network = config.build()
    one, many = (entry.example(config, rows, generator) for rows in (1, batch))
    return {
        "parameters": sum(weight.numel() for weight in network.parameters()),
        "forward_1_ms": _time_forward(network, one),
        "forward_ms": _time_forward(network, many),
        "step_ms": _time_step(network, many, batch),
        "start_mb": start / MB,
        "peak_mb": _peak_memory() / MB,
    }


def _time_forward(network: nn.Module, given: tuple[Any, ...]) -> float:
    network.eval()
    with torch.inference_mode():
        return _median_ms(lambda: network(*given))


def _time_step(network: nn.Module, given: tuple[Any, ...], batch: int) -> float:
    network.train()
    optimiser = torch.optim.Adam(network.parameters())
    labels = torch.zeros(batch, dtype=torch.long)

    def once() -> None:
        found = network(*given)
        logits = found[0] if isinstance(found, tuple) else found
        optimiser.zero_grad()
        functional.cross_entropy(logits, labels).backward()  # type: ignore[no-untyped-call]
        optimiser.step()

    return _median_ms(once)


def _median_ms(act: Callable[[], object]) -> float:
    took: list[float] = []
    began = time.perf_counter()
    for _ in range(WARM):
        act()
    while len(took) < LEAST or (len(took) < MOST and time.perf_counter() - began < SECONDS):
        # CPU time, so that other load of the machine does not count.
        at = time.process_time()
        act()
        took.append(1000 * (time.process_time() - at))
    return statistics.median(took)


def _peak_memory() -> float:
    """Return the peak memory of this process, bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(most if sys.platform == "darwin" else 1024 * most)


if __name__ == "__main__":
    torch.set_num_threads(1)
    name, profile, batch = sys.argv[1:]
    sys.stdout.write(json.dumps(measure(NETWORKS[name], profile, int(batch))) + "\n")
