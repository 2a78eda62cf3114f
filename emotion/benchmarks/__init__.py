"""Benchmarks that print figures, a module each; `emotion.benchmarks.registry` lists them.

Each module has `add_arguments(parser)` and `run(options, say) -> Report`; what is heavy to import
(torch, scikit-learn) it imports inside `run`, so that `--help` of one does not wait for all. The
largest has a folder: `affect/benchmark.py` and what it needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class CannotMeasure(ValueError):
    """An option asks for what there is not, or its folder lacks something; says which and what."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a benchmark found.

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
