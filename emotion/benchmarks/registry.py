"""All benchmarks by name; `emotion.benchmarks` describes the content of each module."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType

from emotion.benchmarks import hmm, kt, learning, semantics, signals, speed, wearable
from emotion.benchmarks.affect import benchmark
from emotion.benchmarks.class_parts import benchmark as class_parts
from emotion.benchmarks.evidence import benchmark as evidence
from emotion.benchmarks.papers import benchmark as papers
from emotion.benchmarks.policy import benchmark as policy

BENCHMARKS: Mapping[str, ModuleType] = {
    "affect": benchmark,
    "class": class_parts,
    "evidence": evidence,
    "hmm": hmm,
    "kt": kt,
    "learning": learning,
    "papers": papers,
    "policy": policy,
    "semantics": semantics,
    "signals": signals,
    "speed": speed,
    "wearable": wearable,
}
