"""Every benchmark there is, by name; `emotion.benchmarks` says what each module holds."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from emotion.benchmarks import affect, kt, signals, speed, wearable

BENCHMARKS: Mapping[str, ModuleType] = {
    "affect": affect,
    "kt": kt,
    "signals": signals,
    "speed": speed,
    "wearable": wearable,
}
