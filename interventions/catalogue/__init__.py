"""The rules that ship: R1 stuck on a question, R2 persistent confusion, R9 flow guard."""

from __future__ import annotations

from pathlib import Path

from interventions import rules
from interventions.rules import Rule


def load() -> tuple[Rule, ...]:
    """Read and check the shipped rules."""
    return rules.load(Path(__file__).parent)
