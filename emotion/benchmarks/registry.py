"""Every benchmark there is, by name; `emotion.benchmarks` says what each module holds."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from emotion.benchmarks import affect, hmm, kt, learning, policy, signals, speed, wearable

BENCHMARKS: Mapping[str, ModuleType] = {
    "affect": affect,
    "hmm": hmm,
    "kt": kt,
    "learning": learning,
    "policy": policy,
    "signals": signals,
    "speed": speed,
    "wearable": wearable,
}
