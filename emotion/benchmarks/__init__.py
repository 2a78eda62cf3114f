"""Benchmarks that print figures, one module each; `emotion.benchmarks.registry` lists them.

Each module has `add_arguments(parser)` and `run(options, say) -> BenchmarkReport`. Heavy imports
(torch, scikit-learn) are inside `run`, so that one's `--help` does not wait for all. The largest
has a folder: `affect/benchmark.py` and what it needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class CannotMeasure(ValueError):
    """An option's value does not exist, or its folder lacks something; the message says what."""


@dataclass(frozen=True, slots=True)
class BenchmarkReport:
    """The results of a benchmark.

    Attributes
    ----------
    name : str
        The benchmark's.
    protocol : str
        In one line: which data, which split, which seed.
    rows : sequence of mappings
        Figures by name; values are numbers, text, None, or [value, low, high].
    """

    name: str
    protocol: str
    rows: Sequence[Mapping[str, object]]
